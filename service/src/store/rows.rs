//! Many rows in one statement.

use sqlx::{Any, AnyConnection, AssertSqlSafe, any::AnyArguments, query::Query};
use std::fmt::Write as _;

/// One value of a row.
#[derive(PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    Integer(i64),
    Null,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Integer(signed(number))
    }
}

/// A count or a time as the database has it. Beyond 2^63 there is no time.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What the database has as a count or a time. It never wrote a negative one.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// Few sizes, so that few statements have to be prepared.
const SIZES: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

/// Inserts `rows` of `width` values each. `head` is the statement up to and without `VALUES`.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    head: &'static str,
    width: usize,
    rows: Vec<Vec<Cell>>,
) -> Result<(), sqlx::Error> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let size = SIZES.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
        let mut query = sqlx::query(AssertSqlSafe(statement(head, width, size)));
        for cell in rows.by_ref().take(size).flatten() {
            query = bind(query, cell);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Inserts texts with a number each, but for those that are there already, and returns the texts that were not. `head` as above, for
/// three columns of which the first is the same in all rows.
pub(super) async fn insert_new(
    connection: &mut AnyConnection,
    head: &'static str,
    first: &str,
    rows: Vec<(String, u64)>,
) -> Result<Vec<String>, sqlx::Error> {
    let mut rows = rows.into_iter().peekable();
    let mut fresh = Vec::with_capacity(rows.len());
    while rows.peek().is_some() {
        let size = SIZES.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
        let sql = format!("{} ON CONFLICT DO NOTHING RETURNING id", statement(head, 3, size));
        let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
        for (text, number) in rows.by_ref().take(size) {
            query = query.bind(first.to_owned()).bind(text).bind(signed(number));
        }
        fresh.extend(query.fetch_all(&mut *connection).await?);
    }
    Ok(fresh)
}

/// `($3,$4,…)` for so many values.
pub(super) fn places(from: usize, count: usize) -> String {
    let places: Vec<String> = (from..from.saturating_add(count)).map(|place| format!("${place}")).collect();
    format!("({})", places.join(","))
}

fn statement(head: &str, width: usize, rows: usize) -> String {
    let mut sql = format!("{head} VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..width {
            let place = row.saturating_mul(width).saturating_add(column).saturating_add(1);
            // Writing to a `String` never fails.
            let _ = write!(sql, "{}${place}", if column == 0 { "" } else { "," });
        }
        sql.push(')');
    }
    sql
}

fn bind(query: Query<'_, Any, AnyArguments>, cell: Cell) -> Query<'_, Any, AnyArguments> {
    match cell {
        Cell::Text(text) => query.bind(text),
        Cell::Integer(number) => query.bind(number),
        Cell::Null => query.bind(None::<String>),
    }
}

#[cfg(test)]
mod tests {
    use super::statement;

    #[test]
    fn every_value_has_its_place() {
        assert_eq!(statement("INSERT INTO t", 2, 1), "INSERT INTO t VALUES ($1,$2)");
        assert_eq!(statement("INSERT INTO t", 2, 2), "INSERT INTO t VALUES ($1,$2),($3,$4)");
    }
}
