//! The tables of the specification.

/// One row: an ID and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The ID.
    pub id: String,
    /// The behaviour, in a few words.
    pub behaviour: String,
    /// Where it stands.
    pub state: State,
    /// What takes its place, why not, or which way it was decided.
    pub note: String,
    /// The tests that show it.
    pub tests: Vec<String>,
}

/// Where a behaviour stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is as the catalogue says.
    Enforced,
    /// Something else takes its place.
    Mapped,
    /// It has no meaning here.
    NotApplicable,
    /// The catalogue leaves it open; it was decided.
    Decided,
    /// It is not there yet.
    Planned,
}

impl State {
    /// Every state with its word.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Enforced, "enforced"),
        (Self::Mapped, "mapped"),
        (Self::NotApplicable, "not applicable"),
        (Self::Decided, "decided"),
        (Self::Planned, "planned"),
    ];
}

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TableError {
    /// Its line in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// Reads the rows of all tables: lines that begin with `|`, but for each table's head and rule.
///
/// # Errors
/// The first row that is none.
pub fn read(text: &str) -> Result<Vec<Row>, TableError> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let rows =
        lines.filter(|(_, line)| line.starts_with('|') && !line.starts_with("| ID ") && !is_rule(line));
    rows.map(|(line, text)| row(line, text).map_err(|problem| TableError { line, problem })).collect()
}

fn is_rule(line: &str) -> bool {
    line.chars().all(|character| matches!(character, '|' | '-' | ' ' | ':'))
}

fn row(line: usize, text: &str) -> Result<Row, String> {
    let cells = text.strip_prefix('|').and_then(|text| text.strip_suffix('|')).ok_or("a row ends with |")?;
    let cells: Vec<_> = cells.split('|').map(str::trim).collect();
    let [id, behaviour, state, shown_by] = cells[..] else {
        return Err(format!("a row has 4 cells, not {}", cells.len()));
    };
    let known = State::ALL.into_iter().find(|(_, word)| *word == state);
    let state = known.map(|(state, _)| state).ok_or_else(|| format!("{state:?} is no state"))?;
    let (note, tests) = match shown_by.split_once("Tests:") {
        Some((note, tests)) => (note, tests),
        None if state == State::Enforced => ("", shown_by),
        None => (shown_by, ""),
    };
    let tests = tests.split(',').map(str::trim).filter(|test| !test.is_empty());
    let tests = tests.map(|test| {
        let name = test.strip_prefix('`').and_then(|test| test.strip_suffix('`'));
        name.map(str::to_owned).ok_or_else(|| format!("{test:?} is no `test_name`"))
    });
    Ok(Row {
        line,
        id: id.to_owned(),
        behaviour: behaviour.to_owned(),
        state,
        note: note.trim().to_owned(),
        tests: tests.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read() {
        let text = "# T\n\n| ID | Behaviour | State | Shown by |\n| --- | :-- | --- | --- |\n\
            | ENV-01 | twice | enforced | `conformance`, `a_test` |\n\
            | ENV-07 | any case | mapped | one variable. Tests: `conformance` |\n\
            | ENV-05 | .NET | not applicable | no `.NET` here |\n\
            | ENV-10 | vault | planned | |\n";
        let rows = read(text).unwrap();
        let [first, second, third, last] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((first.line, &*first.id, first.state, &*first.note), (5, "ENV-01", State::Enforced, ""));
        assert_eq!(first.tests, ["conformance", "a_test"]);
        assert_eq!((&*second.note, second.tests.len()), ("one variable.", 1));
        assert_eq!((&*third.note, third.tests.len()), ("no `.NET` here", 0));
        assert_eq!((last.state, &*last.note), (State::Planned, ""));
    }

    #[test]
    fn what_is_no_row_is_refused_with_its_line() {
        for (row, problem) in [
            ("| A | b | enforced |", "line 1: a row has 4 cells, not 3"),
            ("| A | b | done | x |", "line 1: \"done\" is no state"),
            ("| A | b | enforced | name |", "line 1: \"name\" is no `test_name`"),
            ("| A | b | planned | x", "line 1: a row ends with |"),
        ] {
            assert_eq!(read(row).unwrap_err().to_string(), problem);
        }
    }
}
