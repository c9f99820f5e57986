//! Columns under a header, as wide as what is in them.

use anstream::println;
use anstyle::Style;

const HEADER: Style = Style::new().bold();

/// Prints rows under a header. Columns of numbers stand to the right.
pub(crate) fn print<const N: usize>(header: [&str; N], rows: &[[String; N]]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(header.get(column).map(|title| title.chars().count())).max().unwrap_or(0)
    };
    let is_number = |column: usize| {
        let mut cells = rows.iter().filter_map(|row| row.get(column));
        !rows.is_empty() && cells.all(|cell| cell == "-" || cell.parse::<i64>().is_ok())
    };
    let shapes: Vec<(usize, bool)> = (0..N).map(|column| (width(column), is_number(column))).collect();
    let line = |cells: &[&str]| {
        let cells = cells.iter().zip(&shapes).map(|(cell, (width, is_number))| {
            if *is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    println!("{HEADER}{}{HEADER:#}", line(&header));
    for row in rows {
        println!("{}", line(&row.each_ref().map(String::as_str)));
    }
}

/// A number, or what stands for none.
pub(crate) fn or_dash(number: Option<impl ToString>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}
