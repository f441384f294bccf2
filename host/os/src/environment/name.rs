//! Windows' rules for the names and values of variables.

use std::cmp::Ordering;

use super::platform;

/// Why a variable cannot be set. Texts never show a value: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// A variable must have a name.
    #[error("the name is empty; give NAME=VALUE")]
    NoName,
    /// The name has `=` or a control character in it.
    #[error("the name {name:?} has {character:?} in it, which names of variables cannot have")]
    BadName {
        /// The name.
        name: String,
        /// The first character that it cannot have.
        character: char,
    },
    /// The platform sets this variable and nobody else does (ENV-20).
    #[error("{name} is set by the platform and is read-only; {instead}")]
    ReadOnly {
        /// The variable, as the platform spells it.
        name: &'static str,
        /// What to do about it.
        instead: &'static str,
    },
    /// The value has more than 32,767 characters (ENV-12).
    #[error("the value of {name} has {length} characters; a variable has 32,767 at most")]
    TooLong {
        /// The variable.
        name: String,
        /// Its length in UTF-16 units, which is how Windows counts characters.
        length: usize,
    },
    /// The value has a zero character in it, which ends a value in an environment block.
    #[error("the value of {name} has a zero character in it, which values of variables cannot have")]
    BadValue {
        /// The variable.
        name: String,
    },
}

/// The most characters of a value, in UTF-16 units (ENV-12).
pub(super) const MAX: usize = 32_767;

/// Checks a name and a value that somebody other than the platform sets.
pub(super) fn check(name: &str, value: &str) -> Result<(), VariableError> {
    check_form(name, value)?;
    match platform::read_only(name) {
        Some((name, instead)) => Err(VariableError::ReadOnly { name, instead }),
        None => Ok(()),
    }
}

/// Checks all but whether the name is free.
pub(super) fn check_form(name: &str, value: &str) -> Result<(), VariableError> {
    if name.is_empty() {
        return Err(VariableError::NoName);
    }
    if let Some(character) = name.chars().find(|c| *c == '=' || c.is_control()) {
        return Err(VariableError::BadName { name: name.to_owned(), character });
    }
    let length = name.encode_utf16().count();
    if length > MAX {
        let name = format!("{}...", name.chars().take(40).collect::<String>());
        return Err(VariableError::TooLong { name, length });
    }
    let length = value.encode_utf16().count();
    if length > MAX {
        return Err(VariableError::TooLong { name: name.to_owned(), length });
    }
    if value.contains('\0') {
        return Err(VariableError::BadValue { name: name.to_owned() });
    }
    Ok(())
}

/// Compares names without regard to case (ENV-07), as Windows does: character by character in upper case,
/// independent of any language.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    left.chars().map(upper).cmp(right.chars().map(upper))
}

/// The upper case of a character where that is a single character, else the character itself.
fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => character,
    }
}
