//! The claims of a Status List Token (draft section 5.1), without its signature.

use super::{Bits, StatusList, StatusListError};
use keybound::{
    UnixTime,
    json::{Number, Object, Value},
};

/// The `typ` of the JWT that carries the claims.
pub const TYPE: &str = "statuslist+jwt";

/// What a status list token says: which list it is, how long it holds, and the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusListClaims {
    /// The URI of the list, the one the tokens refer to.
    pub sub: String,
    /// When it was made.
    pub iat: UnixTime,
    /// After when it must not be used.
    pub exp: Option<UnixTime>,
    /// How many seconds a copy may be kept before a newer one is asked for.
    pub ttl: Option<u64>,
    /// The statuses.
    pub list: StatusList,
}

impl StatusListClaims {
    /// The JSON text of the claims (RFC 8785), to be signed as a JWT of the type [`TYPE`].
    ///
    /// # Errors
    /// `status_list.bad_claims` for a lifetime that has no exact form in JSON.
    pub fn to_json(&self) -> Result<String, StatusListError> {
        let list = vec![
            ("bits".to_owned(), integer(u64::from(self.list.bits().get()))?),
            ("lst".to_owned(), self.list.to_lst().into()),
        ];
        let mut members = vec![
            ("sub".to_owned(), Value::from(self.sub.as_str())),
            ("iat".to_owned(), integer(self.iat.as_secs())?),
            ("status_list".to_owned(), object(list)?),
        ];
        for (name, seconds) in [("exp", self.exp.map(UnixTime::as_secs)), ("ttl", self.ttl)] {
            if let Some(seconds) = seconds {
                members.push((name.to_owned(), integer(seconds)?));
            }
        }
        Ok(object(members)?.to_json())
    }

    /// Reads the claims of a token whose signature was checked. Claims that are not named here are nobody's business.
    ///
    /// # Errors
    /// `status_list.bad_claims`, `status_list.bad_bits`, and those of [`StatusList::from_lst`].
    pub fn parse(json: &[u8]) -> Result<Self, StatusListError> {
        let Ok(Value::Object(claims)) = Value::from_json(json) else {
            return Err(StatusListError::BadClaims);
        };
        let Some(Value::Object(list)) = claims.get("status_list") else {
            return Err(StatusListError::BadClaims);
        };
        let time = |seconds: u64| UnixTime::new(seconds).map_err(|_| StatusListError::BadClaims);
        let bits = Bits::new(seconds(list, "bits")?.ok_or(StatusListError::BadClaims)?)?;
        let ttl = seconds(&claims, "ttl")?;
        // The draft wants a positive one.
        if ttl == Some(0) {
            return Err(StatusListError::BadClaims);
        }
        Ok(Self {
            sub: text(&claims, "sub")?.to_owned(),
            iat: time(seconds(&claims, "iat")?.ok_or(StatusListError::BadClaims)?)?,
            exp: seconds(&claims, "exp")?.map(time).transpose()?,
            ttl,
            list: StatusList::from_lst(bits, text(list, "lst")?)?,
        })
    }
}

fn integer(number: u64) -> Result<Value, StatusListError> {
    let number = i64::try_from(number).ok().and_then(|number| Number::from_integer(number).ok());
    number.map(Value::from).ok_or(StatusListError::BadClaims)
}

fn object(members: Vec<(String, Value)>) -> Result<Value, StatusListError> {
    Object::new(members).map(Value::Object).map_err(|_| StatusListError::BadClaims)
}

fn text<'a>(object: &'a Object, name: &str) -> Result<&'a str, StatusListError> {
    match object.get(name) {
        Some(Value::Text(text)) => Ok(text),
        _ => Err(StatusListError::BadClaims),
    }
}

/// A whole number that is not negative; `None` when there is no such member.
fn seconds(object: &Object, name: &str) -> Result<Option<u64>, StatusListError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => {
            let whole = number.as_integer().and_then(|number| u64::try_from(number).ok());
            whole.map(Some).ok_or(StatusListError::BadClaims)
        }
        Some(_) => Err(StatusListError::BadClaims),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status_list::Status;

    fn claims() -> StatusListClaims {
        let mut list = StatusList::with_len(Bits::Two, 12).unwrap();
        list.set(3, Status::SUSPENDED).unwrap();
        StatusListClaims {
            sub: "https://issuer.example/statuslists/1".to_owned(),
            iat: UnixTime::new(1_686_920_170).unwrap(),
            exp: Some(UnixTime::new(2_291_720_170).unwrap()),
            ttl: Some(10),
            list,
        }
    }

    #[test]
    fn claims_have_this_form_and_read_back() {
        let claims = claims();
        let json = claims.to_json().unwrap();
        assert_eq!(
            json,
            format!(
                r#"{{"exp":2291720170,"iat":1686920170,"status_list":{{"bits":2,"lst":"{}"}},"sub":"https://issuer.example/statuslists/1","ttl":10}}"#,
                claims.list.to_lst()
            )
        );
        assert_eq!(StatusListClaims::parse(json.as_bytes()), Ok(claims.clone()));
        let bare = StatusListClaims { exp: None, ttl: None, ..claims };
        assert_eq!(StatusListClaims::parse(bare.to_json().unwrap().as_bytes()), Ok(bare));
        let endless = StatusListClaims { ttl: Some(u64::MAX), ..self::claims() };
        assert_eq!(endless.to_json(), Err(StatusListError::BadClaims));
    }

    #[test]
    fn other_claims_are_refused() {
        let json = claims().to_json().unwrap();
        assert!(StatusListClaims::parse(json.as_bytes()).is_ok());
        for (from, to, error) in [
            ("\"sub\"", "\"sup\"", StatusListError::BadClaims),
            ("\"iat\"", "\"nbf\"", StatusListError::BadClaims),
            ("\"iat\":1686920170", "\"iat\":\"1686920170\"", StatusListError::BadClaims),
            ("\"exp\":2291720170", "\"exp\":-1", StatusListError::BadClaims),
            ("\"exp\":2291720170", "\"exp\":1.5", StatusListError::BadClaims),
            ("\"ttl\":10", "\"ttl\":0", StatusListError::BadClaims),
            ("\"ttl\":10", "\"ttl\":null", StatusListError::BadClaims),
            ("\"ttl\":10", "\"ttl\":10,\"ttl\":10", StatusListError::BadClaims),
            ("\"status_list\"", "\"status\"", StatusListError::BadClaims),
            ("\"bits\":2", "\"bits\":3", StatusListError::BadBits),
            ("\"bits\":2", "\"bits\":0", StatusListError::BadBits),
            ("\"bits\":2", "\"bits\":\"2\"", StatusListError::BadClaims),
            ("\"bits\":2,", "", StatusListError::BadClaims),
            ("\"lst\":\"", "\"lst\":\"=", StatusListError::BadEncoding),
            ("\"lst\":\"", "\"list\":\"", StatusListError::BadClaims),
        ] {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json, "{from}");
            assert_eq!(StatusListClaims::parse(changed.as_bytes()), Err(error), "{changed}");
        }
        assert_eq!(StatusListClaims::parse(b"[]"), Err(StatusListError::BadClaims));
    }
}
