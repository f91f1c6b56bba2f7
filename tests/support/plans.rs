//! How a database goes about the statements that the program sends.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::{
    collections::BTreeSet,
    sync::{Mutex, OnceLock},
};

use sqlx::{Connection, Row};

use super::TestDb;

/// Each statement that the program sends, as sqlx tells it to the log.
struct Statements;

static SENT: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[derive(Default)]
struct Statement {
    summary: String,
    whole: String,
}

impl tracing::field::Visit for Statement {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.take(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        self.take(field, value.to_owned());
    }
}

impl Statement {
    fn take(&mut self, field: &tracing::field::Field, value: String) {
        match field.name() {
            "summary" => self.summary = value,
            "db.statement" => self.whole = value,
            _ => {}
        }
    }
}

impl tracing::Subscriber for Statements {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        let text = if statement.whole.trim().is_empty() { statement.summary } else { statement.whole };
        SENT.lock().expect("nobody panics with it").push(text.trim().to_owned());
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// The statements that reading something sent.
pub async fn sent_by<T>(read: impl Future<Output = T>) -> Vec<String> {
    static LISTENS: OnceLock<()> = OnceLock::new();
    LISTENS.get_or_init(|| tracing::subscriber::set_global_default(Statements).expect("no other one listens"));
    SENT.lock().expect("nobody panics with it").clear();
    read.await;
    let sent: BTreeSet<String> =
        std::mem::take(&mut *SENT.lock().expect("nobody panics with it")).into_iter().collect();
    sent.into_iter().filter(|sql| sql.starts_with("SELECT") || sql.starts_with("WITH")).collect()
}

/// How the database goes about a statement, whatever its parameters are.
pub async fn plan(db: &TestDb, sql: &str) -> Vec<String> {
    if db.url.starts_with("sqlite") {
        let mut connection = sqlx::SqliteConnection::connect(&db.url).await.expect("opens");
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let rows = sqlx::query(explain).fetch_all(&mut connection).await.expect("explains");
        rows.iter().map(|row| row.get::<String, _>("detail")).collect()
    } else {
        let mut connection = sqlx::PgConnection::connect(&db.url).await.expect("opens");
        let parameters = (1..).take_while(|number| sql.contains(&format!("${number}"))).count();
        let nulls = if parameters == 0 { String::new() } else { format!("({})", vec!["NULL"; parameters].join(", ")) };
        // The tables are small, and the plan must be that of large ones: whatever can do without a scan or a sort does.
        for statement in [
            "SET enable_seqscan = off".to_owned(),
            "SET enable_sort = off".to_owned(),
            "SET enable_bitmapscan = off".to_owned(),
            "SET plan_cache_mode = force_generic_plan".to_owned(),
            format!("PREPARE asked AS {sql}"),
        ] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect("is taken");
        }
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN EXECUTE asked{nulls}"));
        let rows = sqlx::raw_sql(explain).fetch_all(&mut connection).await.expect("explains");
        rows.iter().map(|row| row.get::<String, _>(0)).collect()
    }
}

/// Small tables, and what was read already: a page, the values of a list.
fn may_be_read_whole(step: &str) -> bool {
    let tables = [
        "integrations_accounts",
        "integrations_providers",
        "account_counts",
        "page",
        "constant",
        "sync_state",
        "reply_groups_to_note",
    ];
    let aliases = ["SCAN a", "SCAN p", "SCAN v", "SCAN s", "SCAN c", "SCAN found"];
    tables.iter().any(|table| step.contains(table)) || aliases.contains(&step)
}

/// Whether a step of a plan reads a whole table, or sorts.
pub fn is_refused(step: &str) -> bool {
    let step = step.trim().trim_start_matches("->").trim();
    if step.starts_with("SCAN") {
        // Through an index that has the order, from its end or from a place in it; through the words of a search.
        let in_order =
            step.contains("USING INDEX") || step.contains("USING COVERING INDEX") || step.contains("VIRTUAL TABLE");
        return !in_order && !may_be_read_whole(step);
    }
    step.contains("TEMP B-TREE")
        || step.starts_with("Sort ") && !step.starts_with("Sort Key")
        || step.starts_with("Incremental Sort")
        || step.starts_with("Seq Scan") && !may_be_read_whole(step)
}

/// The steps of a plan that read a whole table or sort, or that look up for each row of a page what has little to do with it: SQLite
/// knows no numbers, and takes all pairs of a status for as few as those of a thread.
pub fn refused(plan: &[String]) -> Vec<&String> {
    let subqueries = plan.iter().position(|step| step.contains("CORRELATED")).unwrap_or(plan.len());
    let by_status = plan[subqueries..].iter().filter(|step| step.contains("(status=?"));
    plan.iter().filter(|step| is_refused(step)).chain(by_status).collect()
}
