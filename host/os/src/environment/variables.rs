//! A map of variables that ignores the case of names.

use std::fmt;

use super::name::compare;

/// Names with values, sorted by name without regard to case.
///
/// A sorted vector: it is built once, read often and small, and gives Windows' order of enumeration for
/// free. A hash map would need a folded copy of every name, and one more for each look-up.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Variables(Vec<(Box<str>, Box<str>)>);

impl Variables {
    /// Sets a variable. One of the same name in any case is replaced, name and all (ENV-07).
    pub(super) fn set(&mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) {
        let variable = (name.into(), value.into());
        match self.find(&variable.0) {
            Ok(index) => {
                if let Some(found) = self.0.get_mut(index) {
                    *found = variable;
                }
            }
            Err(index) => self.0.insert(index, variable),
        }
    }

    /// The value of `name`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let index = self.find(name).ok()?;
        self.0.get(index).map(|(_, value)| &**value)
    }

    /// Names and values in order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| compare(known, name))
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}
