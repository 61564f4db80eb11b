//! Widgets: each with its publishable key, made, changed and gone with it in one transaction.
//!
//! A widget is one JSON text, whose fields were checked at the door. It is read leniently here: what a newer version has written stays.

use super::{By, Done, Tenant, conflict, hours, invalid, not_found};
use crate::control_room::Once;
use crate::{Error, Result, Row};
use attune_contracts::widget::{ListedWidgetV1, WidgetsV1};
use attune_contracts::{ProblemCode, SCHEMA_VERSION};
use attune_domain::{Millis, json};
use attune_identity::api_key::{ApiKeyRecord, Origin};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Most widgets of a tenant.
pub const MAX_WIDGETS: u64 = 100;

/// A widget to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewWidget {
    /// `wid_<ulid>`.
    pub widget_id: String,
    /// Record of its key.
    pub record: ApiKeyRecord,
    /// The key, which is publishable.
    pub key: String,
    /// Name, origins, look, texts and hours, JSON.
    pub body: String,
    /// FAQ, JSON.
    pub faq: String,
}

/// A change of a widget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WidgetChange {
    /// The widget.
    pub widget_id: String,
    /// Only if this is its version (`If-Match`).
    #[serde(default)]
    pub version: Option<u64>,
    /// The members that change, as in [`NewWidget::body`]; null takes one away.
    pub body: String,
    /// FAQ, JSON; `None`: as it was.
    #[serde(default)]
    pub faq: Option<String>,
}

const COLUMNS: &str = "widget_id, key_id, key, version, created_at, updated_at, body";

impl Tenant {
    /// Makes a widget with its key.
    ///
    /// # Errors
    /// `not_found` without a tenant; `forbidden` for who may not give what the key allows; `version_conflict` when there are too many;
    /// `idempotency_mismatch`.
    pub fn create_widget(&self, by: &By<'_>, once: Option<&Once<'_>>, new: &NewWidget) -> Result<Done<Value>> {
        self.change(by, once, || {
            let count = self.store.exec("SELECT count(*) FROM widget", &[])?.first();
            if count.map(|row| row.uint(0)).transpose()?.unwrap_or(0) >= MAX_WIDGETS {
                return Err(conflict("", "too_many", "the tenant has too many widgets"));
            }
            self.keep_key(by, &new.record)?;
            let sql = "INSERT INTO widget (widget_id, key_id, key, version, created_at, updated_at, body, faq) \
                       VALUES (?1, ?2, ?3, 1, ?4, ?4, ?5, ?6)";
            let (id, key_id) = (&new.widget_id, &new.record.key_id);
            let values =
                [id.into(), key_id.into(), (&new.key).into(), by.now_ms.into(), (&new.body).into(), (&new.faq).into()];
            self.store.exec(sql, &values)?;
            self.record(by, "widget.create", id, json!({ "key_id": key_id }))?;
            self.widget(id)?.ok_or(Error::Stored("widget"))
        })
    }

    /// A widget: a `WidgetV1`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn widget(&self, widget_id: &str) -> Result<Option<Value>> {
        let sql = format!("SELECT {COLUMNS}, faq FROM widget WHERE widget_id = ?1");
        let Some(mut row) = self.store.exec(&sql, &[widget_id.into()])?.first() else { return Ok(None) };
        let mut widget = body(&row.text(6)?)?;
        widget.insert("faq".to_owned(), read(&row.text(7)?)?);
        let [created, updated] = [row.int(4)?, row.int(5)?].map(|at| Millis(at).to_string());
        let (key_id, key, version) = (row.text(1)?, row.text(2)?, row.uint(3)?);
        let own = json!({
            "schema_version": SCHEMA_VERSION, "widget_id": row.text(0)?, "key_id": key_id, "key": key, "version": version,
            "created_at": created, "updated_at": updated,
        });
        if let Value::Object(own) = own {
            widget.extend(own);
        }
        Ok(Some(Value::Object(widget)))
    }

    /// All widgets, the newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn widgets(&self) -> Result<WidgetsV1> {
        let sql = format!("SELECT {COLUMNS} FROM widget ORDER BY created_at DESC, widget_id DESC");
        let widgets = self.store.exec(&sql, &[])?.into_iter().map(listed).collect::<Result<_>>()?;
        Ok(WidgetsV1 { schema_version: SCHEMA_VERSION, widgets })
    }

    /// Changes a widget; new origins are those of its key too.
    ///
    /// # Errors
    /// `not_found`; `precondition_failed` when it has another version; `invalid_body`.
    pub fn change_widget(&self, by: &By<'_>, change: &WidgetChange) -> Result<Value> {
        self.apply(|| {
            let id = &change.widget_id;
            let (key_id, mut widget) = self.at_version(id, change.version)?;
            let members = body(&change.body)?;
            let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
            if let Some(origins) = members.get("origins") {
                self.move_key(&key_id, origins)?;
            }
            for (name, value) in members.clone() {
                if value.is_null() { drop(widget.remove(&name)) } else { drop(widget.insert(name, value)) }
            }
            let text = serde_json::to_string(&widget).map_err(|_| Error::Stored("widget"))?;
            let sql = "UPDATE widget SET version = version + 1, updated_at = ?2, body = ?3, faq = coalesce(?4, faq) \
                       WHERE widget_id = ?1";
            self.store.exec(sql, &[id.into(), by.now_ms.into(), (&text).into(), change.faq.as_ref().into()])?;
            names.extend(change.faq.is_some().then_some("faq"));
            self.record(by, "widget.update", id, json!({ "changed": names }))?;
            self.widget(id)?.ok_or(Error::Stored("widget"))
        })
    }

    /// Takes a widget away, and revokes its key. Gives the key's id.
    ///
    /// # Errors
    /// `not_found`, `precondition_failed`.
    pub fn delete_widget(&self, by: &By<'_>, widget_id: &str, version: Option<u64>) -> Result<String> {
        self.apply(|| {
            let (key_id, _) = self.at_version(widget_id, version)?;
            self.store.exec("DELETE FROM widget_report WHERE widget_id = ?1", &[widget_id.into()])?;
            self.store.exec("DELETE FROM widget WHERE widget_id = ?1", &[widget_id.into()])?;
            self.record(by, "widget.delete", widget_id, json!({ "key_id": key_id }))?;
            self.revoke_now(by, &key_id)?;
            Ok(key_id)
        })
    }

    /// The FAQ of the widget that a key belongs to.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn faq(&self, key_id: &str) -> Result<Option<String>> {
        let found = self.store.exec("SELECT faq FROM widget WHERE key_id = ?1", &[key_id.into()])?.first();
        found.map(|mut row| row.text(0)).transpose()
    }

    /// The widget that a key belongs to, for a visitor of this language: a `WidgetViewV1`. `offset`: minutes that the clock of a zone is
    /// ahead of UTC at a moment.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn widget_view(
        &self,
        key_id: &str,
        locale: Option<&str>,
        now_ms: i64,
        offset: &dyn Fn(&str, i64) -> Option<i64>,
    ) -> Result<Option<Value>> {
        let sql = "SELECT widget_id, body FROM widget WHERE key_id = ?1";
        let Some(mut row) = self.store.exec(sql, &[key_id.into()])?.first() else { return Ok(None) };
        let widget = Value::Object(body(&row.text(1)?)?);
        let (open, opens_at) = match &widget["hours"] {
            Value::Null => (true, None),
            given => hours::state(given, now_ms, offset),
        };
        let mut view = json!({
            "widget_id": row.text(0)?, "name": widget["name"], "look": widget["look"], "texts": texts(&widget["texts"], locale),
            "open": open,
        });
        if let Some(at) = opens_at {
            view["opens_at"] = Millis(at).to_string().into();
        }
        Ok(Some(view))
    }

    /// Key and body of a widget that has this version, where one is asked for.
    fn at_version(&self, widget_id: &str, version: Option<u64>) -> Result<(String, Map<String, Value>)> {
        let sql = "SELECT key_id, body, version FROM widget WHERE widget_id = ?1";
        let found = self.store.exec(sql, &[widget_id.into()])?.first();
        let mut row = found.ok_or_else(|| not_found("there is no such widget"))?;
        let known = row.uint(2)?;
        if version.is_some_and(|version| version != known) {
            let detail = format!("the widget has version {known} now");
            return Err(Error::refused(ProblemCode::PreconditionFailed, detail));
        }
        Ok((row.text(0)?, body(&row.text(1)?)?))
    }

    fn move_key(&self, key_id: &str, origins: &Value) -> Result<()> {
        let record = self.lookup(key_id)?.ok_or(Error::Stored("key"))?;
        let texts = origins.as_array().into_iter().flatten().filter_map(Value::as_str);
        let wrong = |_| invalid("/origins", "invalid", "1 to 50 exact origins");
        let origins = texts.map(Origin::parse).collect::<core::result::Result<_, _>>().map_err(wrong)?;
        let networks = record.networks.clone();
        self.write_key(&record.restrict(origins, networks).map_err(wrong)?)
    }
}

/// Each text in the nearest language that has it: the visitor's, the same without its last parts (RFC 4647, section 3.4), English, any.
fn texts(all: &Value, locale: Option<&str>) -> Value {
    let Some(all) = all.as_object() else { return json!({}) };
    let of = |tag: &str| all.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag)).map(|(_, texts)| texts);
    let tag = locale.unwrap_or_default();
    let ends = tag.match_indices('-').map(|(at, _)| at).chain([tag.len()]);
    let mut own: Vec<&str> = ends.filter_map(|end| tag.get(..end)).collect();
    own.reverse();
    let mut chosen = Map::new();
    for texts in own.into_iter().chain(["en"]).filter_map(of).chain(all.values()) {
        for (name, text) in texts.as_object().into_iter().flatten() {
            if !chosen.contains_key(name) {
                chosen.insert(name.clone(), text.clone());
            }
        }
    }
    Value::Object(chosen)
}

fn listed(mut row: Row) -> Result<ListedWidgetV1> {
    let name = body(&row.text(6)?)?.remove("name").and_then(|name| name.as_str().map(str::to_owned));
    Ok(ListedWidgetV1 {
        widget_id: row.text(0)?,
        name: name.unwrap_or_default(),
        key: row.text(2)?,
        created_at: Millis(row.int(4)?),
        updated_at: Millis(row.int(5)?),
    })
}

fn read(text: &str) -> Result<Value> {
    json::from_str(text).map_err(|_| Error::Stored("widget"))
}

fn body(text: &str) -> Result<Map<String, Value>> {
    match read(text)? {
        Value::Object(body) => Ok(body),
        _ => Err(Error::Stored("widget")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_comes_in_the_nearest_language() {
        let all = json!({"de": {"title": "Hallo", "greeting": "Was?"}, "de-CH": {"title": "Grüezi"}, "en": {"offline": "Away"}, "fr": {"consent": "Oui?"}});
        let of = |locale: Option<&str>| texts(&all, locale);
        assert_eq!(
            of(Some("de-ch-1996")),
            json!({"title": "Grüezi", "greeting": "Was?", "offline": "Away", "consent": "Oui?"})
        );
        assert_eq!(of(Some("de-AT"))["title"], "Hallo");
        assert_eq!(of(Some("ja"))["offline"], "Away");
        assert_eq!(of(None)["title"], "Hallo", "any is better than none");
        assert_eq!(texts(&Value::Null, Some("de")), json!({}));
    }
}
