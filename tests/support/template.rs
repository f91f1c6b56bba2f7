//! A PostgreSQL database to which the migrations are applied, for tests to copy: a copy takes a tenth of the time of applying them.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, migrate::Migrator};
use tokio::sync::OnceCell;

/// The advisory lock of whoever makes the template; of the cluster's own database, where the program takes none.
const LOCK: i64 = 7_242_000;

/// The template's name, once this process knows that it is there.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// Makes the database `name` in `cluster`, with the migrations of `folder` applied. The template is named after them and stays in the
/// cluster.
pub async fn create(cluster: &str, name: &str, folder: &Path) {
    let template = TEMPLATE.get_or_init(|| make_template(cluster, folder)).await;
    let mut admin = PgConnection::connect(cluster).await.expect("TEST_POSTGRES_URL names a running cluster");
    let sql = format!("CREATE DATABASE {name} TEMPLATE {template}");
    admin.execute(AssertSqlSafe(sql)).await.expect("a database can be made");
    admin.close().await.expect("closes");
}

async fn make_template(cluster: &str, folder: &Path) -> String {
    let migrations = Migrator::new(folder).await.expect("the migrations can be read");
    let mark = migrations.iter().flat_map(|migration| migration.checksum.iter());
    let mark = mark.fold(0_u64, |mark, byte| mark.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte));
    let (template, half_made) = (format!("rb_template_{mark:016x}"), format!("rb_half_made_{mark:016x}"));
    let mut admin = PgConnection::connect(cluster).await.expect("TEST_POSTGRES_URL names a running cluster");
    // Other test programs may be here at the same moment. The lock goes with the connection.
    sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut admin).await.expect("waits its turn");
    let is_there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&template)
        .fetch_optional(&mut admin)
        .await
        .expect("reads");
    if is_there.is_none() {
        // Left behind by somebody who was ended in between.
        let sql = format!("DROP DATABASE IF EXISTS {half_made}");
        admin.execute(AssertSqlSafe(sql)).await.expect("is dropped");
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {half_made}"))).await.expect("a database can be made");
        let mut url: url::Url = cluster.parse().expect("TEST_POSTGRES_URL is a URL");
        url.set_path(&half_made);
        let mut database = PgConnection::connect(url.as_str()).await.expect("opens");
        migrations.run_direct(None, &mut database, false).await.expect("migrates");
        database.close().await.expect("closes");
        let sql = format!("ALTER DATABASE {half_made} RENAME TO {template}");
        admin.execute(AssertSqlSafe(sql)).await.expect("is renamed");
    }
    admin.close().await.expect("closes");
    template
}
