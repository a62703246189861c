//! Which part of a profile a door is about.

use crate::companies::model::Company;
use crate::companies::profile::model::Section;
use crate::managing::model::Door;
use crate::partnerships::grants::model::GrantKind;

/// All of a profile; its version is the company's.
#[derive(Debug)]
pub enum WholeProfile {}

impl Door for WholeProfile {
    const GRANT: GrantKind = GrantKind::ManageProfile;

    fn version(company: &Company) -> i64 {
        company.version
    }
}

/// Which section a door is about.
pub trait About: Door {
    /// The section.
    const SECTION: Section;
}

macro_rules! sections {
    ($($name:ident = $section:ident;)+) => {
        $(
            #[doc = concat!("The section `", stringify!($section), "`; its version is its own.")]
            #[derive(Debug)]
            pub enum $name {}
            impl About for $name {
                const SECTION: Section = Section::$section;
            }
            impl Door for $name {
                const GRANT: GrantKind = GrantKind::ManageProfile;

                fn version(company: &Company) -> i64 {
                    company.profile.0.versions.of(Section::$section)
                }
            }
        )+
    };
}

sections! {
    OfContact = Contact;
    OfAddress = Address;
    OfTax = Tax;
    OfMethods = PromotionalMethods;
    OfSettings = Settings;
}
