//! `app.toml`.
//!
//! The tree is walked by hand instead of being read into a struct by serde: every value keeps its line, so
//! that a mistake found later, when flags have been laid over it, can still say where it is; and an unknown
//! key can be answered with the nearest one of any table.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{ConfigError, Origin};
use crate::layer::{Connection, Given, Layer, Variable};
use crate::options::{FREE_SECTIONS, Kind, ROWS, Row, path};

mod unknown;

/// Reads the text of a file. Relative paths in it are taken from `file`'s folder.
pub(crate) fn parse(file: &Path, text: &str) -> Result<Layer, ConfigError> {
    let reader = Reader { file: Arc::new(file.to_owned()), text };
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        ConfigError::new(&reader.at(offset, ""), error.message().replace('\n', ", "))
    })?;
    let mut layer = Layer::default();
    for (key, value) in in_order(table.get_ref()) {
        let name: &str = key.get_ref();
        let section =
            FREE_SECTIONS.into_iter().chain(ROWS.iter().map(|row| row.section)).find(|known| *known == name);
        match section {
            Some("env") => reader.variables(name, value, &mut layer.env)?,
            Some("app_settings") => reader.variables(name, value, &mut layer.app_settings)?,
            Some("connection_strings") => reader.connections(name, value, &mut layer.connection_strings)?,
            Some(section) if !section.is_empty() => {
                for (key, value) in in_order(reader.table(section, value)?) {
                    reader.option(section, key, value, &mut layer)?;
                }
            }
            _ => reader.option("", key, value, &mut layer)?,
        }
    }
    Ok(layer)
}

/// A key and its value as they stand in the file.
type Entry<'a, 't> = (&'a Spanned<std::borrow::Cow<'t, str>>, &'a Spanned<DeValue<'t>>);

/// The entries of a table in the order of the file, in which a later one replaces an earlier one (ENV-07).
fn in_order<'a, 't>(table: &'a DeTable<'t>) -> Vec<Entry<'a, 't>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

struct Reader<'t> {
    file: Arc<PathBuf>,
    text: &'t str,
}

impl Reader<'_> {
    /// Where the byte at `offset` is.
    fn at(&self, offset: usize, key: impl Into<String>) -> Origin {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Origin::Key { file: Arc::clone(&self.file), line, key: key.into() }
    }

    /// An option with one value.
    fn option(
        &self,
        section: &'static str,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        layer: &mut Layer,
    ) -> Result<(), ConfigError> {
        let name: &str = key.get_ref();
        let at = self.at(key.span().start, path(section, name));
        let Some(row) = ROWS.iter().find(|row| row.section == section && row.name == name) else {
            return Err(ConfigError::new(&at, unknown::problem(section, name)));
        };
        let given = self.value(row, &at, value.get_ref())?;
        layer.values.insert(row.key, given);
        Ok(())
    }

    /// The value of an option as the text that a flag would have.
    fn value(&self, row: &Row, at: &Origin, value: &DeValue<'_>) -> Result<Given, ConfigError> {
        let given = |text: String| Ok(Given::new(at.clone(), text));
        match (row.kind, value) {
            (Kind::Path, DeValue::String(text)) if text.is_empty() => {
                Err(ConfigError::new(at, "\"\" is not a path; give one, or leave it out"))
            }
            (Kind::Path, DeValue::String(text)) => {
                let folder = self.file.parent().unwrap_or(Path::new(""));
                Ok(Given::new(at.clone(), folder.join(&**text)))
            }
            (Kind::Text | Kind::Size, DeValue::String(text)) => given(text.to_string()),
            (Kind::Number | Kind::Size, DeValue::Integer(number)) => {
                // Numbers too big for this are out of every range, in the words of their own text.
                let text = i64::from_str_radix(number.as_str(), number.radix());
                given(text.map_or_else(|_| number.as_str().to_owned(), |number| number.to_string()))
            }
            (Kind::Switch, DeValue::Boolean(on)) => given(on.to_string()),
            (kind, other) => {
                let wanted = match kind {
                    Kind::Text | Kind::Path => "a string",
                    Kind::Number => "a whole number without quotes",
                    Kind::Size => "a whole number, or a string such as \"64KiB\"",
                    Kind::Switch => "true or false without quotes",
                };
                Err(ConfigError::new(at, format_args!("{}; give {wanted}", what(other))))
            }
        }
    }

    fn table<'a, 't>(
        &self,
        name: &str,
        value: &'a Spanned<DeValue<'t>>,
    ) -> Result<&'a DeTable<'t>, ConfigError> {
        value.get_ref().as_table().ok_or_else(|| {
            let at = self.at(value.span().start, name);
            ConfigError::new(&at, format_args!("{}; give a table, [{name}]", what(value.get_ref())))
        })
    }

    /// A table of variables.
    fn variables(
        &self,
        section: &str,
        value: &Spanned<DeValue<'_>>,
        variables: &mut Vec<Variable>,
    ) -> Result<(), ConfigError> {
        for (key, value) in in_order(self.table(section, value)?) {
            let name = key.get_ref().to_string();
            let at = self.at(key.span().start, path(section, &name));
            let value = self.string(&at, value)?;
            variables.push(Variable { at, name, value });
        }
        Ok(())
    }

    /// The table of connection strings.
    fn connections(
        &self,
        section: &str,
        value: &Spanned<DeValue<'_>>,
        connections: &mut Vec<Connection>,
    ) -> Result<(), ConfigError> {
        const WANTED: &str = "give { type = \"SQLAzure\", value = \"...\" }";
        for (key, value) in in_order(self.table(section, value)?) {
            let name = key.get_ref().to_string();
            let at = self.at(key.span().start, path(section, &name));
            let Some(table) = value.get_ref().as_table() else {
                let problem = format!("{}; {WANTED}", what(value.get_ref()));
                return Err(ConfigError::new(&at, problem));
            };
            let (mut kind, mut content) = (None, None);
            for (key, value) in in_order(table) {
                let at = self.at(key.span().start, format!("{section}.{name}.{}", key.get_ref()));
                match &**key.get_ref() {
                    "type" => kind = Some(self.string(&at, value)?),
                    "value" => content = Some(self.string(&at, value)?),
                    _ => return Err(ConfigError::new(&at, format_args!("unknown key; {WANTED}"))),
                }
            }
            let Some((kind, value)) = kind.zip(content) else {
                return Err(ConfigError::new(
                    &at,
                    format_args!("the type or the value is missing; {WANTED}"),
                ));
            };
            connections.push(Connection { at, name, kind, value });
        }
        Ok(())
    }

    fn string(&self, at: &Origin, value: &Spanned<DeValue<'_>>) -> Result<String, ConfigError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            other => Err(ConfigError::new(at, format_args!("{}; give a string, in quotes", what(other)))),
        }
    }
}

/// A value of the wrong type, for a message. Strings are not shown: in some places they are secrets.
fn what(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(_) => "this is a string".to_owned(),
        DeValue::Integer(number) => format!("{} is a number", number.as_str()),
        DeValue::Float(number) => format!("{} is a number with a fraction", number.as_str()),
        DeValue::Boolean(on) => format!("{on} is a truth value"),
        DeValue::Datetime(time) => format!("{time} is a time"),
        DeValue::Array(_) => "this is an array".to_owned(),
        DeValue::Table(_) => "this is a table".to_owned(),
    }
}

#[cfg(test)]
mod tests;
