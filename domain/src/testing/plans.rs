//! What a statement reads, as PostgreSQL plans it.

use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use serde_json::Value;
use sqlx::{
    AssertSqlSafe, Connection, Describe, Either, Execute, Executor, PgPool, Postgres, SqlStr, Transaction,
    postgres::{PgArguments, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
    types::Json,
};

/// The plan of a statement that was run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The pages of 8 KiB that it read, from PostgreSQL's memory or from the disk, each as often as it was read.
    pub buffers: u64,
    /// The kinds of its nodes, such as `Index Scan`, with the tables that they read.
    pub nodes: Vec<String>,
}

impl Plan {
    /// The plan in the answer to `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)`.
    fn read(answer: &Value) -> Self {
        let root = &answer[0]["Plan"];
        let pages = |kind: &str| root[kind].as_u64().expect("a number of pages");
        let mut plan = Self { buffers: pages("Shared Hit Blocks") + pages("Shared Read Blocks"), nodes: Vec::new() };
        plan.add(root);
        plan
    }

    fn add(&mut self, node: &Value) {
        let kind = node["Node Type"].as_str().expect("a kind");
        let table = node["Relation Name"].as_str().map_or_else(String::new, |table| format!(" on {table}"));
        self.nodes.push(format!("{kind}{table}"));
        for child in node["Plans"].as_array().into_iter().flatten() {
            self.add(child);
        }
    }

    /// Whether it reads a whole table.
    #[must_use]
    pub fn reads_whole_table(&self) -> bool {
        self.nodes.iter().any(|node| node.contains("Seq Scan"))
    }
}

/// An executor for functions of a store: it explains their statements with their arguments and keeps the plans.
///
/// `EXPLAIN ANALYZE` runs a statement, so each is rolled back. The function gets no row: one that expects a row returns
/// `RowNotFound`, and its plan is kept all the same.
#[derive(Debug)]
pub struct Explain {
    tx: Transaction<'static, Postgres>,
    plans: Vec<Plan>,
}

impl Explain {
    /// Begins a transaction, which is never committed.
    ///
    /// # Panics
    ///
    /// When the database does not answer.
    pub async fn begin(db: &PgPool) -> Self {
        Self { tx: db.begin().await.expect("a transaction"), plans: Vec::new() }
    }

    /// Ends the transaction, so that a `VACUUM` can remove what is deleted from now on. Returns the plans in the order
    /// of their statements.
    ///
    /// # Panics
    ///
    /// When the database does not answer.
    pub async fn end(self) -> Vec<Plan> {
        self.tx.rollback().await.expect("rolls back");
        self.plans
    }

    async fn explain(&mut self, sql: SqlStr, arguments: Option<PgArguments>) -> sqlx::Result<()> {
        let sql = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {}", sql.as_str());
        let mut tx = self.tx.begin().await?;
        let answer = sqlx::query_scalar_with(AssertSqlSafe(sql), arguments.unwrap_or_default());
        let Json(answer): Json<Value> = answer.fetch_one(&mut *tx).await?;
        tx.rollback().await?;
        self.plans.push(Plan::read(&answer));
        Ok(())
    }
}

impl<'c> Executor<'c> for &'c mut Explain {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, mut query: E) -> BoxStream<'e, sqlx::Result<Either<PgQueryResult, PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let arguments = query.take_arguments().map_err(sqlx::Error::Encode);
        let sql = query.sql();
        let explained = async move { self.explain(sql, arguments?).await };
        stream::once(explained.map(|explained| explained.map(|()| Either::Left(PgQueryResult::default())))).boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, mut query: E) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let arguments = query.take_arguments().map_err(sqlx::Error::Encode);
        let sql = query.sql();
        async move { self.explain(sql, arguments?).await.map(|()| None) }.boxed()
    }

    fn prepare_with<'e>(self, sql: SqlStr, types: &'e [PgTypeInfo]) -> BoxFuture<'e, sqlx::Result<PgStatement>>
    where
        'c: 'e,
    {
        (&mut *self.tx).prepare_with(sql, types)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Postgres>>>
    where
        'c: 'e,
    {
        (&mut *self.tx).describe(sql)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[sqlx::test(migrations = false)]
    async fn statement_is_explained_and_has_no_effect(db: PgPool) {
        let table = "CREATE TABLE things AS SELECT n FROM generate_series(1, 1000) n";
        sqlx::raw_sql(table).execute(&db).await.expect("a table");
        let mut explain = Explain::begin(&db).await;
        let delete = sqlx::query("DELETE FROM things WHERE n > $1").bind(10);
        assert_eq!(delete.execute(&mut explain).await.expect("explains").rows_affected(), 0);
        let one = sqlx::query_scalar::<_, i32>("SELECT n FROM things WHERE ctid = '(0,1)'").fetch_one(&mut explain);
        assert!(matches!(one.await, Err(sqlx::Error::RowNotFound)));

        let [deleting, reading] = <[Plan; 2]>::try_from(explain.end().await).expect("two plans");
        assert_eq!(deleting.nodes, ["ModifyTable on things", "Seq Scan on things"]);
        assert!(deleting.reads_whole_table() && deleting.buffers >= 990, "{deleting:?}");
        assert_eq!(reading.nodes, ["Tid Scan on things"]);
        assert!(!reading.reads_whole_table() && reading.buffers == 1, "{reading:?}");
        assert_eq!(super::super::count(&db, "SELECT count(*) FROM things").await, 1000);
    }
}
