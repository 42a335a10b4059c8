//! What the three tables of reasons of the service are alike in: its own, the policy's and that of the attestations.

/// Makes the type `Code` from the rows of a table. What a table has besides, it adds to the type itself.
macro_rules! code_table {
    (
        $(#[doc = $about:literal])+
        Code;
        $($(#[doc = $meaning:literal])+ $name:ident = $code:literal, fix $fix:literal;)+
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $meaning])+ $name,)+ }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable text of the code, such as `attest.expired`.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $code,)+ } }

            /// One sentence: what is wrong. Lower-case, no full stop, no input in it.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($meaning,)+).trim_ascii(),)+ }
            }

            /// One sentence: what would fix it.
            pub const fn fix(self) -> &'static str { match self { $(Self::$name => $fix,)+ } }
        }
    };
}

pub(crate) use code_table;
