//! Rows and words of where a company is paid.

use diesel::prelude::*;

use crate::companies::model::Company;
use crate::companies::profile::model::Section;
use crate::db::schema::company_payment;
use crate::kernel::id::CompanyId;
use crate::kernel::money::Currency;
use crate::kernel::time::Instant;

crate::words! {
    /// By which way a company is paid.
    pub enum Method as PaymentMethod {
        /// To an account at a bank.
        BankTransfer = "bank_transfer",
        /// To the owner of an e-mail address at PayPal.
        Paypal = "paypal",
    }
}

/// A company, looked at for where it is paid: its version is that of the section.
#[derive(Debug, Clone)]
pub struct OfPayment(pub Company);

impl OfPayment {
    /// Counts the edits of the section from 1.
    pub fn version(&self) -> i64 {
        self.0.profile.0.versions.of(Section::Payment)
    }
}

/// Where a company is paid, in the clear: for the moment in which it is edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// By which way.
    pub method: Option<Method>,
    /// Whose account it is.
    pub holder: Option<String>,
    /// The account: an IBAN, a number at a bank, or an address.
    pub account: Option<String>,
    /// Which bank.
    pub bank_code: Option<String>,
    /// What is paid.
    pub currency: Currency,
    /// Less than this is not paid out but carried forward, in minor units.
    pub threshold_minor: i64,
}

/// The same as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = company_payment, primary_key(company_id))]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Kept {
    /// Whose.
    pub company_id: CompanyId,
    /// By which way.
    pub method: Method,
    /// Whose account it is.
    pub holder: String,
    /// Sealed.
    pub account: Vec<u8>,
    /// What is shown of it.
    pub account_last4: String,
    /// Which bank.
    pub bank_code: Option<String>,
    /// What is paid.
    pub currency: Currency,
    /// Below this nothing is paid out, in minor units.
    pub threshold_minor: i64,
    /// When it was last said that money goes elsewhere.
    pub redirected_at: Instant,
}
