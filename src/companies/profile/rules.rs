//! What may stand in a profile. A field is judged when it changes, or when what it depends on does:
//! what was kept under older rules stays until then.

use std::collections::HashSet;

use super::model::{DocumentStatus, Method, PromotionalMethod, Section, Tax};
use super::{postal, vat};
use crate::companies::model::{Address, Company, Contact};
use crate::error::Fault;
use crate::kernel::phone;

/// Numbers as they are dialled from everywhere. One without `+` is at home where the company is.
pub fn contact(before: &Contact, after: Contact, home: Option<&str>, at: &str) -> Judged<Contact> {
    let mut faults = Vec::new();
    let mut number = |field: &str, before: &Option<String>, after: Option<String>| {
        if after == *before {
            return after;
        }
        let kept = after.as_deref().map(|raw| phone::normalised(raw, home)).transpose();
        kept.unwrap_or_else(|no| {
            faults.push(Fault::at(format!("{at}/{field}"), "bad_format", no.to_string()));
            after
        })
    };
    let phone = number("phone", &before.phone, after.phone);
    let fax = number("fax", &before.fax, after.fax);
    (Contact { email: after.email, phone, fax }, faults)
}

/// The postal code as it is written in its country.
pub fn address(before: &Address, mut after: Address, at: &str) -> Judged<Address> {
    let mut faults = Vec::new();
    let both = |address: &Address| (address.country.clone(), address.postal_code.clone());
    if both(before) != both(&after)
        && let (Some(country), Some(code)) = both(&after)
    {
        match postal::normalised(&country, &code) {
            Ok(kept) => after.postal_code = Some(kept),
            Err(no) => faults.push(Fault::at(format!("{at}/postal_code"), "bad_format", no)),
        }
    }
    (after, faults)
}

/// Each way once.
pub fn methods(methods: &[PromotionalMethod]) -> Vec<Fault> {
    let mut seen: HashSet<Method> = HashSet::new();
    let twice = methods.iter().enumerate().filter(|(_, one)| !seen.insert(one.method));
    let fault = |(at, _): (usize, &PromotionalMethod)| {
        Fault::at(format!("/methods/{at}/method"), "duplicate", "this way is named twice")
    };
    twice.map(fault).collect()
}

/// The VAT id as it is written everywhere. A document that was sent speaks for the values of then:
/// for others there is none.
pub fn tax(before: &Tax, mut after: Tax) -> Judged<Tax> {
    let mut faults = Vec::new();
    if after.vat_id != before.vat_id
        && let Some(raw) = after.vat_id.take()
    {
        after.vat_id = match vat::normalised(&raw) {
            Ok(kept) => Some(kept),
            Err(no) => {
                let code = match no {
                    vat::NotAVatId::WrongCheck => "bad_check_digit",
                    vat::NotAVatId::NoCountry | vat::NotAVatId::Misshapen => "bad_format",
                };
                faults.push(Fault::at("/vat_id", code, no.to_string()));
                None
            }
        };
    }
    let document_status = before.document_status;
    let same = before == &Tax { document_status, ..after.clone() };
    if !same && after.document_status == document_status {
        after.document_status = match document_status {
            DocumentStatus::Sent => DocumentStatus::Missing,
            kept @ (DocumentStatus::NotRequired | DocumentStatus::Missing) => kept,
        };
    }
    (after, faults)
}

/// What is kept, and what is wrong with it.
pub type Judged<T> = (T, Vec<Fault>);

/// The sections in which two states of a company differ.
pub fn edited(before: &Company, after: &Company) -> Vec<Section> {
    let (old, new) = (&before.profile.0, &after.profile.0);
    let settings = |company: &Company| {
        let profile = &company.profile.0;
        (company.time_zone.clone(), company.currency, profile.language.clone(), profile.listed)
    };
    let differs = |section: &Section| match section {
        Section::Contact => old.contact != new.contact,
        Section::Address => old.address != new.address,
        Section::PromotionalMethods => old.promotional_methods != new.promotional_methods,
        Section::Settings => settings(before) != settings(after),
        // They are kept elsewhere.
        Section::Tax | Section::Payment => false,
    };
    Section::ALL.iter().copied().filter(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::CompanyId;

    fn some(text: &str) -> Option<String> {
        Some(text.to_string())
    }

    fn places(faults: &[Fault]) -> Vec<String> {
        faults.iter().map(|fault| format!("{:?} {}", fault.place, fault.code)).collect()
    }

    #[test]
    fn numbers_are_judged_when_they_change_and_at_home_where_the_company_is() {
        let old = Contact { email: None, phone: some("12"), fax: some("34") };
        let same = contact(&old, Contact { email: some("a@b.example"), ..old.clone() }, None, "");
        assert_eq!((same.0.phone, same.1), (some("12"), vec![]), "what was kept stays");
        let new = Contact { phone: some("030 901820"), ..old.clone() };
        let (kept, faults) = contact(&old, new.clone(), Some("DE"), "");
        assert_eq!((kept.phone, faults), (some("+4930901820"), vec![]));
        let (_, faults) = contact(&old, Contact { fax: some("x"), ..new }, None, "/contact");
        let both =
            ["Pointer(\"/contact/phone\") bad_format", "Pointer(\"/contact/fax\") bad_format"];
        assert_eq!(places(&faults), both);
    }

    #[test]
    fn a_postal_code_is_judged_with_its_country() {
        let old = Address { postal_code: some("x"), country: some("DE"), ..Address::default() };
        let moved = Address { city: some("Berlin"), ..old.clone() };
        assert_eq!(address(&old, moved.clone(), ""), (moved, vec![]));
        let (_, faults) = address(&old, Address { country: some("GB"), ..old.clone() }, "");
        assert_eq!(places(&faults), ["Pointer(\"/postal_code\") bad_format"]);
        let there = Address { country: some("GB"), postal_code: some("sw1a1aa"), ..old.clone() };
        assert_eq!(address(&old, there, "").0.postal_code, some("SW1A 1AA"));
        let nowhere = Address { country: None, ..old.clone() };
        assert_eq!(address(&old, nowhere, "").1, vec![]);
    }

    #[test]
    fn a_document_speaks_for_the_values_it_was_sent_for() {
        let nothing = Tax::nothing(CompanyId::new());
        let sent = Tax { tax_id: some("12"), document_status: DocumentStatus::Sent, ..nothing };
        let status = |after: Tax| tax(&sent, after).0.document_status;
        assert_eq!(status(sent.clone()), DocumentStatus::Sent);
        let other = Tax { tax_id: some("13"), ..sent.clone() };
        assert_eq!(status(other.clone()), DocumentStatus::Missing);
        let exempt = Tax { document_status: DocumentStatus::NotRequired, ..other };
        assert_eq!(status(exempt), DocumentStatus::NotRequired);
        let vat = Tax { vat_id: some("de 136695976"), ..sent.clone() };
        let (kept, faults) = tax(&sent, vat);
        assert_eq!((kept.vat_id, faults), (some("DE136695976"), vec![]));
        let slip = tax(&sent, Tax { vat_id: some("DE136695977"), ..sent.clone() });
        assert_eq!(places(&slip.1), ["Pointer(\"/vat_id\") bad_check_digit"]);
    }

    #[test]
    fn a_way_is_named_once() {
        let way = |method| PromotionalMethod { method, url: None };
        let all = [way(Method::Email), way(Method::Social), way(Method::Email)];
        assert_eq!(places(&methods(&all)), ["Pointer(\"/methods/2/method\") duplicate"]);
        assert_eq!(methods(&all[..2]), vec![]);
    }
}
