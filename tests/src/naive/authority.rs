//! The tools of one token: which calls they permit (AAT-02 section 5), which tools a
//! child may have under them (section 8).

use super::constraint::{accepts, subsumes};
use serde_json::{Map, Value, json};

type Arguments = Map<String, Value>;

/// The argument map of a tool with `{}` written out as `{"*": wildcard}`.
fn normalized(arguments: &Value) -> Arguments {
    let mut arguments = arguments.as_object().expect("an argument map").clone();
    if arguments.is_empty() {
        arguments.insert("*".into(), json!({"constraint_type": "wildcard"}));
    }
    arguments
}

fn required(constraint: &Value) -> bool {
    constraint["optional"] != json!(true)
}

fn named(arguments: &Arguments) -> impl Iterator<Item = (&String, &Value)> {
    arguments.iter().filter(|(name, _)| *name != "*")
}

/// Whether the tools permit a call.
pub fn permits(tools: &Value, tool: &str, call: &Value) -> bool {
    let Some(arguments) = tools.get(tool) else { return false };
    let arguments = normalized(arguments);
    let call = call.as_object().expect("arguments");
    for (name, value) in call {
        let own = if name == "*" { None } else { arguments.get(name) };
        let Some(constraint) = own.or(arguments.get("*")) else { return false };
        if !accepts(constraint, value) {
            return false;
        }
    }
    named(&arguments).all(|(name, constraint)| !required(constraint) || call.contains_key(name))
}

/// Whether a child's tools are within its parent's.
pub fn narrows(parent: &Value, child: &Value) -> bool {
    let child = child.as_object().expect("tools");
    child.iter().all(|(tool, arguments)| {
        parent.get(tool).is_some_and(|parent| narrows_tool(&normalized(parent), &normalized(arguments)))
    })
}

fn narrows_tool(parent: &Arguments, child: &Arguments) -> bool {
    let open = child.contains_key("*");
    if open && !parent.contains_key("*") {
        return false;
    }
    for (name, constraint) in named(child) {
        let Some(above) = parent.get(name).or(parent.get("*")) else { return false };
        let was_required = parent.contains_key(name) && required(above);
        if (was_required && !required(constraint)) || !subsumes(above, constraint) {
            return false;
        }
    }
    named(parent).all(|(name, constraint)| child.contains_key(name) || (!required(constraint) && !open))
}
