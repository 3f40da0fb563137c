//! Row-level security of PostgreSQL, forced: the second wall between workspaces.
//!
//! A row is visible and may be written when the transaction's setting `millrace.tenant` is the row's tenant, or `*`: the
//! platform, which is every connection of [`Db`](crate::Db) until [`Db::of`](crate::Db::of) narrows it. Where the setting is
//! missing there are no rows. Policies follow the catalog, so that the tables of later migrations are covered by themselves.

mod switch;
#[cfg(test)]
mod tests;

use crate::portable::{is_ours, quoted};
use crate::{DbError, Dialect, Tx, sql};

/// The setting that says whose rows a transaction sees.
pub(crate) const SETTING: &str = "millrace.tenant";
/// Its value for whoever sees all rows.
pub(crate) const PLATFORM: &str = "*";
/// The first migration whose binaries carry the setting. Binaries before it would see no rows.
const SINCE: u32 = 19;
/// The policy of each table.
const POLICY: &str = "millrace_tenant";
/// Forced last and freed first, so that it stands for all of them.
const LAST: &str = "tenants";

/// Both looks at the setting are made once for each statement, and the first alone decides for the platform. That it is a truth
/// value of its own lets the planner think of half of the rows, whoever asks, and not of almost none.
const IS_PLATFORM: &str = "(SELECT current_setting('millrace.tenant', true) = '*')";
const TENANT: &str = "(SELECT current_setting('millrace.tenant', true))";

/// Every table, how its rows belong to a tenant, and what guards it. `ours`: it has our policy and no other.
const TABLES: &str = "SELECT c.relname::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced, \
    CASE WHEN c.relispartition THEN 'part' WHEN c.relname = 'tenants' THEN 'id' WHEN a.tenant THEN 'tenant_id' ELSE 'run_id' END AS belongs, \
    EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND NOT ( \
      p.polname = 'millrace_tenant' AND p.polpermissive AND p.polcmd = '*' AND p.polroles = ARRAY[0::oid] AND p.polwithcheck IS NULL \
      AND pg_get_expr(p.polqual, p.polrelid) LIKE '%current_setting(''millrace.tenant''::text, true) = ''*''::text%')) AS ours \
    FROM pg_class c CROSS JOIN LATERAL (SELECT bool_or(attname = 'tenant_id') AS tenant, bool_or(attname = 'run_id') AS run FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND (a.tenant OR a.run OR c.relname = 'tenants') ORDER BY c.relname = 'tenants', 1";
const ROLE: &str = "SELECT r.rolsuper OR r.rolbypassrls AS bypasses, COALESCE(current_setting('millrace.tenant', true), '') = '*' AS carried FROM pg_roles r WHERE r.rolname = current_user";
/// Tables of which this role would be shown a part.
const HIDING: &str = "SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND row_security_active(c.oid) ORDER BY 1";
/// Binaries that do not carry the setting are told so by the rule for newer schemas.
const MARK: &str = "UPDATE schema_migrations SET compatible_from = $2 WHERE number = $1 AND compatible_from IS DISTINCT FROM $2";

/// How the rows of a table belong to a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    /// By a column with its id.
    Column(&'static str),
    /// By the run that they are of.
    Run,
    /// As a part of a table that is asked instead; by itself it is the platform's.
    Part,
}

/// A table that row-level security covers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Covered {
    name: String,
    belongs: Belongs,
    forced: bool,
    /// It has our policy and no other.
    ours: bool,
}

impl Covered {
    fn is_guarded(&self) -> bool {
        self.forced && self.ours
    }

    /// The rule of its rows. Only equality of texts is asked of a row, which PostgreSQL knows to tell nothing, so that the
    /// conditions of statements still choose indexes.
    fn rule(&self) -> String {
        match self.belongs {
            Belongs::Column(column) => format!("{IS_PLATFORM} OR {column} = {TENANT}"),
            Belongs::Run => format!("{IS_PLATFORM} OR EXISTS (SELECT 1 FROM runs AS owner WHERE owner.id = {}.run_id)", quoted(&self.name)),
            Belongs::Part => IS_PLATFORM.to_owned(),
        }
    }
}

/// What row-level security does in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSecurity {
    /// Tables that are guarded.
    pub guarded: Vec<String>,
    /// Tables with rows of tenants that are not guarded, or by a policy that is not ours.
    pub open: Vec<String>,
    /// The role of this connection is a superuser or may bypass policies: nothing is guarded from it.
    pub bypassed: bool,
    /// This connection says that it is the platform's. A pooler between may have swallowed it.
    pub carried: bool,
}

impl RowSecurity {
    /// Every table is guarded, and from this role too.
    pub fn is_on(&self) -> bool {
        self.open.is_empty() && !self.guarded.is_empty() && !self.bypassed
    }
}

impl Tx {
    /// What row-level security does; `None` on SQLite, which has none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn row_security(&mut self) -> Result<Option<RowSecurity>, DbError> {
        if self.dialect() != Dialect::Postgres {
            return Ok(None);
        }
        let role = self.one(sql(ROLE)).await?;
        let (guarded, open): (Vec<_>, Vec<_>) = self.covered().await?.into_iter().partition(Covered::is_guarded);
        let names = |tables: Vec<Covered>| tables.into_iter().map(|t| t.name).collect();
        Ok(Some(RowSecurity { guarded: names(guarded), open: names(open), bypassed: role.get("bypasses")?, carried: role.get("carried")? }))
    }

    async fn covered(&mut self) -> Result<Vec<Covered>, DbError> {
        let mut found = Vec::new();
        for row in self.all(sql(TABLES)).await? {
            let name: String = row.get("name")?;
            let belongs = match row.get::<String>("belongs")?.as_str() {
                "part" => Belongs::Part,
                "id" => Belongs::Column("id"),
                "tenant_id" => Belongs::Column("tenant_id"),
                _ => Belongs::Run,
            };
            if is_ours(&name) {
                found.push(Covered { name, belongs, forced: row.get("forced")?, ours: row.get("ours")? });
            }
        }
        Ok(found)
    }

    async fn guard(&mut self, table: &Covered) -> Result<(), DbError> {
        let name = quoted(&table.name);
        let text = format!(
            "SET LOCAL client_min_messages = warning; DROP POLICY IF EXISTS {POLICY} ON {name}; CREATE POLICY {POLICY} ON {name} USING ({}); ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            table.rule()
        );
        self.script(&text).await
    }

    /// After migrations: guards new tables of a database that is guarded, and all of one that was made just now. One that grew
    /// up without it is left alone: nodes of the release before may be working there, and the locks would stop them.
    pub(crate) async fn guard_new_tables(&mut self, made_now: bool) -> Result<(), DbError> {
        let tables = self.covered().await?;
        if !made_now && !tables.iter().any(|t| t.name == LAST && t.is_guarded()) {
            return Ok(());
        }
        for table in tables.iter().filter(|t| !t.is_guarded()) {
            self.guard(table).await?;
        }
        self.execute(sql(MARK).bind(SINCE).bind(SINCE)).await.map(drop)
    }

    /// Makes sure that nothing is hidden from this transaction: a copy of what it sees must be whole.
    pub(crate) async fn refuse_hidden_rows(&mut self) -> Result<(), DbError> {
        let hiding = self.all(sql(HIDING)).await?.iter().map(|row| row.get("name")).collect::<Result<Vec<String>, _>>()?;
        if hiding.is_empty() {
            return Ok(());
        }
        let carried: bool = self.one(sql(ROLE)).await?.get("carried")?;
        let known = self.covered().await?;
        match hiding.iter().find(|name| !carried || !known.iter().any(|t| t.name == **name && t.ours)) {
            Some(name) => Err(DbError::Schema(format!("row-level security may hide rows of table {name} from this connection"))),
            None => Ok(()),
        }
    }
}
