//! The requests.

use super::Window;
use super::event::NAMESPACE;
use crate::event::Response;
use crate::failure::Failure;
use crate::http::Request;
use crate::url::{self, Url};
use crate::wire;
use attune_domain::{Millis, Secret};
use serde_json::{Map, Value, json};

/// The API, as one account sees it.
#[derive(Debug, Clone, Copy)]
pub struct Graph<'a> {
    /// [`super::BASE`], or a server that stands in for it.
    pub base: &'a str,
    /// The access token.
    pub token: &'a Secret<String>,
}

impl Graph<'_> {
    /// Events on a page of a delta (`odata.maxpagesize`).
    const PAGE: u16 = 200;

    fn url(&self, path: &[&str]) -> Url {
        Url::new(self.base, path)
    }

    /// Every request asks for ids that stay when an event moves (they are told in notifications then, too), and for
    /// times in UTC.
    fn send(&self, method: &'static str, url: String, body: Option<&Value>, page: Option<u16>) -> Request {
        let mut request = wire::request(method, url, self.token, body);
        let mut prefer = "IdType=\"ImmutableId\", outlook.timezone=\"UTC\"".to_owned();
        if let Some(size) = page {
            prefer.push_str(&format!(", odata.maxpagesize={size}"));
        }
        request.headers.push(("prefer", prefer));
        request
    }

    fn plain(&self, method: &'static str, url: Url, body: Option<&Value>) -> Request {
        self.send(method, url.text(), body, None)
    }

    fn event(&self, id: &str) -> Url {
        self.url(&["me", "events", id])
    }

    /// The calendars of the account.
    pub fn calendars(&self) -> Request {
        self.plain("GET", self.url(&["me", "calendars"]).with("$top", "100"), None)
    }

    /// Begins a list of a calendar's events within a window, which goes on with [`follow`](Self::follow).
    pub fn delta(&self, calendar: &str, window: Window) -> Request {
        let url = self.url(&["me", "calendars", calendar, "calendarView", "delta"]);
        let url =
            url.with("startDateTime", &wire::rfc3339(window.start)).with("endDateTime", &wire::rfc3339(window.end));
        self.send("GET", url.text(), None, Some(Self::PAGE))
    }

    /// Follows a `@odata.nextLink` or `@odata.deltaLink`, as it is.
    ///
    /// # Errors
    /// [`Failure::FullResync`]: it leads to another host, which must not get the token.
    pub fn follow(&self, link: &str) -> Result<Request, Failure> {
        let own = url::origin(self.base);
        if own.is_none() || url::origin(link) != own || link.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err(Failure::FullResync);
        }
        Ok(self.send("GET", link.to_owned(), None, Some(Self::PAGE)))
    }

    /// One event, with the properties that are our own.
    pub fn get(&self, id: &str) -> Request {
        let expand = format!("singleValueExtendedProperties($filter=startswith(id,'{NAMESPACE}'))");
        self.plain("GET", self.event(id).with("$expand", &expand), None)
    }

    /// Events of a calendar by one of our own properties: how a write with unknown outcome is looked up. `value` is
    /// ours (letters, digits, `_`).
    pub fn find(&self, calendar: &str, name: &str, value: &str) -> Request {
        let quoted = |text: &str| text.replace('\'', "''");
        let filter = format!(
            "singleValueExtendedProperties/Any(ep: ep/id eq '{NAMESPACE}{}' and ep/value eq '{}')",
            quoted(name),
            quoted(value)
        );
        self.plain("GET", self.url(&["me", "calendars", calendar, "events"]).with("$filter", &filter), None)
    }

    /// The instances of a series that overlap a span of time.
    pub fn instances(&self, id: &str, from: Millis, to: Millis) -> Request {
        let url = self.url(&["me", "events", id, "instances"]);
        let url = url.with("startDateTime", &wire::rfc3339(from)).with("endDateTime", &wire::rfc3339(to));
        self.send("GET", url.text(), None, Some(Self::PAGE))
    }

    /// A new event of [`body`](super::body). A repetition with the same `transaction` makes no second one.
    pub fn create(&self, calendar: &str, transaction: &str, mut body: Map<String, Value>) -> Request {
        body.insert("transactionId".to_owned(), transaction.into());
        self.plain("POST", self.url(&["me", "calendars", calendar, "events"]), Some(&body.into()))
    }

    /// The members of [`changes`](super::changes) change, if it is still the version `etag`.
    pub fn update(&self, id: &str, etag: Option<&str>, changes: Map<String, Value>) -> Request {
        if_match(self.plain("PATCH", self.event(id), Some(&changes.into())), etag)
    }

    /// Deletes an event, if it is still the version `etag`. Where the account organizes it, the guests get a
    /// cancellation; with words of one's own by [`cancel`](Self::cancel).
    pub fn delete(&self, id: &str, etag: Option<&str>) -> Request {
        if_match(self.plain("DELETE", self.event(id), None), etag)
    }

    /// Answers an invitation; `tell` the organizer. `None` for needs-action, which nobody can answer.
    pub fn respond(&self, id: &str, with: Response, comment: Option<&str>, tell: bool) -> Option<Request> {
        let action = match with {
            Response::Accepted => "accept",
            Response::Tentative => "tentativelyAccept",
            Response::Declined => "decline",
            Response::NeedsAction => return None,
        };
        let mut body = json!({"sendResponse": tell});
        if let (Some(comment), Some(body)) = (comment, body.as_object_mut()) {
            body.insert("comment".to_owned(), comment.into());
        }
        Some(self.plain("POST", self.url(&["me", "events", id, action]), Some(&body)))
    }

    /// Cancels a meeting that the account organizes, with a message to the guests.
    pub fn cancel(&self, id: &str, comment: Option<&str>) -> Request {
        let body = comment.map_or_else(|| json!({}), |comment| json!({"comment": comment}));
        self.plain("POST", self.url(&["me", "events", id, "cancel"]), Some(&body))
    }

    /// `getSchedule`: when people are busy, at most 20 of them and 62 days.
    pub fn schedule(&self, addresses: &[&str], from: Millis, to: Millis) -> Request {
        let time = |at: Millis| json!({"dateTime": wire::utc_local(at), "timeZone": "UTC"});
        let body = json!({"schedules": addresses, "startTime": time(from), "endTime": time(to), "availabilityViewInterval": 30});
        self.plain("POST", self.url(&["me", "calendar", "getSchedule"]), Some(&body))
    }

    /// Subscribes to the changes of a calendar's events. `state` comes back in every notification, at most 128
    /// characters. The server asks `notify` for an echo of its `validationToken` before it answers. `expires` is at
    /// most [`MAX_MINUTES`](super::MAX_MINUTES) ahead.
    pub fn subscribe(
        &self,
        calendar: &str,
        notify: &str,
        lifecycle: &str,
        state: &Secret<String>,
        expires: Millis,
    ) -> Request {
        let mut resource = "me/calendars/".to_owned();
        url::encode(calendar, &mut resource);
        resource.push_str("/events");
        let body = json!({
            "changeType": "created,updated,deleted", "notificationUrl": notify, "lifecycleNotificationUrl": lifecycle,
            "resource": resource, "expirationDateTime": wire::rfc3339(expires), "clientState": state.expose(),
        });
        self.plain("POST", self.url(&["subscriptions"]), Some(&body))
    }

    /// Renews a subscription; this answers `reauthorizationRequired` as well.
    pub fn renew(&self, id: &str, expires: Millis) -> Request {
        let body = json!({"expirationDateTime": wire::rfc3339(expires)});
        self.plain("PATCH", self.url(&["subscriptions", id]), Some(&body))
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, id: &str) -> Request {
        self.plain("DELETE", self.url(&["subscriptions", id]), None)
    }
}

fn if_match(mut request: Request, etag: Option<&str>) -> Request {
    request.headers.extend(etag.map(|etag| ("if-match", etag.to_owned())));
    request
}
