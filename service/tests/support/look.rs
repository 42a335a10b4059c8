//! What there is to see of a service from behind: its records and its tables.

use super::World;
use keybound_service::store::AuditFilter;
use serde_json::Value;
use sqlx::{AnyConnection, AssertSqlSafe, Column as _, Connection as _, Row as _};

impl World {
    /// The number of the tenant's next record.
    pub(crate) async fn log_size(&self) -> u64 {
        self.app.store().audit_tree(self.tenant).await.unwrap().size()
    }

    /// The tenant's records from a number on.
    pub(crate) async fn records(&self, from: u64) -> Vec<Value> {
        let lines = self.record_lines(from).await;
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The same, as they are hashed.
    pub(crate) async fn record_lines(&self, from: u64) -> Vec<String> {
        let (mut lines, mut next) = (Vec::new(), Some(from));
        while let Some(from) = next {
            let page =
                self.app.store().audit_page(self.tenant, &AuditFilter::default(), from, 1000).await.unwrap();
            lines.extend(page.records.into_iter().map(|(_, line)| line));
            next = page.next;
        }
        lines
    }

    /// The last record, which must be of this operation.
    pub(crate) async fn last_record(&self, operation: &str) -> Value {
        let record = self.records(self.log_size().await - 1).await.pop().unwrap();
        assert_eq!(record["operation"], operation, "{record}");
        record
    }

    async fn connection(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&self.url).await.unwrap()
    }

    /// The tables there are, but that of the migrations.
    pub(crate) async fn tables(&self) -> Vec<String> {
        const SQLITE: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx%'";
        const POSTGRES: &str = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE '_sqlx%'";
        let statement = if self.url.starts_with("sqlite") { SQLITE } else { POSTGRES };
        sqlx::query_scalar(statement).fetch_all(&mut self.connection().await).await.unwrap()
    }

    /// A whole table: for each row its columns, `name=value`.
    pub(crate) async fn dump(&self, table: &str) -> Vec<Vec<(String, String)>> {
        let query = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}")));
        let rows = query.fetch_all(&mut self.connection().await).await.unwrap();
        let cell = |row: &sqlx::any::AnyRow, place: usize| {
            let text = row.try_get::<Option<String>, _>(place).map(|text| text.unwrap_or_default());
            text.unwrap_or_else(|_| row.try_get::<i64, _>(place).unwrap().to_string())
        };
        let read = |row: &sqlx::any::AnyRow| {
            let columns = row.columns().iter().enumerate();
            columns.map(|(place, column)| (column.name().to_owned(), cell(row, place))).collect()
        };
        rows.iter().map(read).collect()
    }

    /// Every cell of every table but those of `but`, as `table.column`.
    pub(crate) async fn everything(&self, but: &[&str]) -> String {
        let mut text = String::new();
        for table in self.tables().await {
            for row in self.dump(&table).await {
                for (column, value) in row {
                    let name = format!("{table}.{column}");
                    if !but.contains(&name.as_str()) {
                        text.push_str(&format!("{name}={value}\n"));
                    }
                }
            }
        }
        text
    }

    /// The bytes of the database's files, where it is a file.
    pub(crate) fn files(&self) -> Option<Vec<u8>> {
        let path = self.url.strip_prefix("sqlite://")?;
        let all = ["", "-wal"].map(|end| std::fs::read(format!("{path}{end}")).unwrap_or_default());
        Some(all.concat())
    }
}
