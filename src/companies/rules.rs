//! What a company is made of when it registers, and what its domain is.

use serde_json::json;

use super::model::{Company, Kind, Plan, Profile, Status};
use super::profile::model::Section;
use crate::events::model::Event;
use crate::kernel::document::Document;
use crate::kernel::id::CompanyId;
use crate::kernel::money::Currency;
use crate::kernel::time::{Instant, Zone};

/// A company as it registers: active, on the standard plan, in UTC and US dollars until it says
/// otherwise.
pub fn registered(
    id: CompanyId,
    name: String,
    kind: Kind,
    website: Option<String>,
    now: Instant,
) -> Company {
    let domain = website.as_deref().and_then(domain_of);
    Company {
        id,
        name,
        kind,
        website,
        domain,
        profile: Document(Profile::default()),
        time_zone: Zone::utc(),
        currency: Currency::us_dollar(),
        plan: Plan::Standard,
        status: Status::Active,
        version: 1,
        created_at: now,
        updated_at: now,
        require_two_factor: false,
    }
}

/// The event with everything about a company that was edited.
pub fn changes(event: Event, before: &Company, after: &Company) -> Event {
    let (old, new) = (&before.profile.0, &after.profile.0);
    event
        .changed("name", before.name.as_str(), after.name.as_str())
        .changed("kind", before.kind.as_str(), after.kind.as_str())
        .changed("website", before.website.as_deref(), after.website.as_deref())
        .changed("domain", before.domain.as_deref(), after.domain.as_deref())
        .changed("contact", json!(old.contact), json!(new.contact))
        .changed("address", json!(old.address), json!(new.address))
        .changed("time_zone", before.time_zone.as_str(), after.time_zone.as_str())
        .changed("currency", before.currency.as_str(), after.currency.as_str())
        .changed("promotional_methods", ways(old), ways(new))
        .changed("language", old.language.as_deref(), new.language.as_deref())
        .changed("listed", old.listed, new.listed)
        .changed("logo", old.logo.as_deref(), new.logo.as_deref())
        // What is for the tax office is for nobody else, nor where it is paid: that it was edited is
        // told, by its version.
        .changed("tax", old.versions.of(Section::Tax), new.versions.of(Section::Tax))
        .changed("payment", old.versions.of(Section::Payment), new.versions.of(Section::Payment))
        .changed("require_two_factor", before.require_two_factor, after.require_two_factor)
}

fn ways(profile: &Profile) -> serde_json::Value {
    json!(profile.promotional_methods)
}

/// The registrable domain of a website, by the public-suffix list: `shop.acme.co.uk` is `acme.co.uk`.
///
/// `None` if the text is no web address of a named host.
pub fn domain_of(website: &str) -> Option<String> {
    let address = url::Url::parse(website).ok()?;
    if !matches!(address.scheme(), "http" | "https") {
        return None;
    }
    let Some(url::Host::Domain(host)) = address.host() else { return None };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    psl::domain_str(&host).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_what_somebody_can_register() {
        let cases = [
            ("https://shop.acme.co.uk/sale?x=1", Some("acme.co.uk")),
            ("http://ACME.example.", Some("acme.example")),
            ("https://bücher.example", Some("xn--bcher-kva.example")),
            ("https://bird.myshopify.com", Some("bird.myshopify.com")),
            ("https://co.uk", None),
            ("https://192.168.0.1", None),
            ("ftp://acme.example", None),
            ("acme.example", None),
            ("", None),
        ];
        for (website, domain) in cases {
            assert_eq!(domain_of(website).as_deref(), domain, "{website}");
        }
    }
}
