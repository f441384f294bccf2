//! Text tables for the terminal.

/// Lays out `rows` in columns two spaces apart, the first row being the heading. A column whose cells below
/// the heading all begin with a digit (or are empty or `-`) is aligned to the right.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let column = |index: usize| rows.iter().filter_map(move |row| row.get(index));
    let widths: [usize; N] =
        std::array::from_fn(|index| column(index).map(|cell| cell.chars().count()).max().unwrap_or(0));
    let right: [bool; N] = std::array::from_fn(|index| {
        column(index)
            .skip(1)
            .all(|cell| cell.is_empty() || cell == "-" || cell.starts_with(|c: char| c.is_ascii_digit()))
    });
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for ((cell, width), right) in row.iter().zip(widths).zip(right) {
            line += &if right { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_to_the_right_and_words_to_the_left() {
        let rows = [["step", "minutes"], ["unit", "12.50"], ["conformance", "1.05"], ["docs", "-"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(
            table(&rows),
            "step         minutes\nunit           12.50\nconformance     1.05\ndocs               -\n"
        );
    }
}
