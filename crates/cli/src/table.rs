//! Columns under a header, as wide as their cells.

use anstream::println;
use anstyle::Style;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

const HEADER: Style = Style::new().bold();

/// How few columns of the screen the first column keeps.
const LEAST: usize = 8;

/// Rows under a header. Columns of numbers are aligned to the right.
pub(crate) struct Table<const N: usize> {
    pub(crate) header: [&'static str; N],
    pub(crate) rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// The header and the rows. If they are wider than the room, the first column is cut.
    pub(crate) fn lines(&self, room: Option<usize>) -> (String, Vec<String>) {
        let widths: [usize; N] = std::array::from_fn(|column| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(String::as_str);
            cells.chain(self.header.get(column).copied()).map(|cell| cell.width()).max().unwrap_or(0)
        });
        let are_numbers: [bool; N] = std::array::from_fn(|column| {
            let mut cells = self.rows.iter().filter_map(|row| row.get(column));
            column > 0 && !self.rows.is_empty() && cells.all(|cell| cell == "-" || cell.parse::<f64>().is_ok())
        });
        let others: usize = widths.iter().skip(1).map(|width| width + 2).sum();
        let first = widths.first().copied().unwrap_or(0);
        let first = room.map_or(first, |room| first.min(room.saturating_sub(others)).max(LEAST));
        let line = |cells: [&str; N]| {
            let cells = cells.iter().zip(widths).zip(are_numbers).enumerate();
            let cells = cells.map(|(column, ((cell, width), is_number))| match column {
                0 => padded(&cut(cell, first), first, false),
                _ => padded(cell, width, is_number),
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        (line(self.header), self.rows.iter().map(|row| line(row.each_ref().map(String::as_str))).collect())
    }
}

/// Prints rows under a header.
pub(crate) fn print<const N: usize>(header: [&'static str; N], rows: &[[String; N]]) {
    let (header, rows) = Table { header, rows: rows.to_vec() }.lines(None);
    println!("{HEADER}{header}{HEADER:#}");
    rows.iter().for_each(|row| println!("{row}"));
}

/// A number, or a dash in place of none.
pub(crate) fn or_dash(number: Option<impl ToString>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

fn padded(cell: &str, width: usize, to_the_right: bool) -> String {
    let space = " ".repeat(width.saturating_sub(cell.width()));
    if to_the_right { format!("{space}{cell}") } else { format!("{cell}{space}") }
}

/// The text if it fits, otherwise its beginning and its end around an ellipsis: names differ at their ends.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let kept = columns.saturating_sub(1);
    let end = kept / 2;
    let beginning: String = fitting(text.chars(), kept - end).collect();
    let ending: Vec<char> = fitting(text.chars().rev(), end).collect();
    format!("{beginning}…{}", ending.iter().rev().collect::<String>())
}

/// The first characters that fit.
fn fitting(chars: impl Iterator<Item = char>, columns: usize) -> impl Iterator<Item = char> {
    chars.scan(0, move |used, c| {
        *used += c.width().unwrap_or(0);
        (*used <= columns).then_some(c)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_of_the_screen() {
        let rows = vec![["注文".to_owned(), "3".to_owned()], ["orders".to_owned(), "12".to_owned()]];
        let (header, rows) = Table { header: ["TOPIC", "RECORDS"], rows }.lines(None);
        assert_eq!(header, "TOPIC   RECORDS");
        assert_eq!(rows, ["注文          3", "orders       12"]);
    }

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_end() {
        assert_eq!(cut("orders-of-the-year", 9), "orde…year");
        assert_eq!(cut("注文注文注文", 7), "注…文");
        let rows = vec![["a-long-name-of-a-topic".to_owned(), "1".to_owned()]];
        let (header, rows) = Table { header: ["TOPIC", "RECORDS"], rows }.lines(Some(20));
        assert_eq!((header.as_str(), rows[0].as_str()), ("TOPIC        RECORDS", "a-lon…topic        1"));
    }
}
