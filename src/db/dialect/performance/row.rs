//! A row of figures, as a statement gives it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::WIDE;
use crate::kernel::column::{At, Key as KeyColumn};
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId};
use crate::kernel::money::Currency;
use crate::kernel::time::{Day, Instant, Zone};
use crate::performance::model::{Figures, Key};

/// Figures, and whose they are as far as that was asked for.
#[derive(Debug, Clone, QueryableByName)]
pub struct Row {
    #[diesel(sql_type = Nullable<KeyColumn>)]
    company_id: Option<CompanyId>,
    #[diesel(sql_type = Nullable<KeyColumn>)]
    partner_company_id: Option<CompanyId>,
    #[diesel(sql_type = Nullable<KeyColumn>)]
    program_id: Option<ProgramId>,
    #[diesel(sql_type = Nullable<KeyColumn>)]
    event_type_id: Option<EventTypeId>,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = Nullable<Text>)]
    day: Option<Day>,
    #[diesel(sql_type = Nullable<At>)]
    moment: Option<Instant>,
    #[diesel(sql_type = Nullable<Text>)]
    zone: Option<Zone>,
    #[diesel(sql_type = BigInt)]
    actions: i64,
    #[diesel(sql_type = BigInt)]
    approved: i64,
    #[diesel(sql_type = BigInt)]
    reversed: i64,
    #[diesel(sql_type = BigInt)]
    locked: i64,
    #[diesel(sql_type = BigInt)]
    adjustments: i64,
    #[diesel(sql_type = BigInt)]
    tracked_minor: i64,
    #[diesel(sql_type = BigInt)]
    tracked_high: i64,
    #[diesel(sql_type = BigInt)]
    sale_minor: i64,
    #[diesel(sql_type = BigInt)]
    sale_high: i64,
    #[diesel(sql_type = BigInt)]
    payout_minor: i64,
    #[diesel(sql_type = BigInt)]
    payout_high: i64,
    #[diesel(sql_type = BigInt)]
    lost_minor: i64,
    #[diesel(sql_type = BigInt)]
    lost_high: i64,
    #[diesel(sql_type = BigInt)]
    adjusted_sale_minor: i64,
    #[diesel(sql_type = BigInt)]
    adjusted_sale_high: i64,
    #[diesel(sql_type = BigInt)]
    adjusted_payout_minor: i64,
    #[diesel(sql_type = BigInt)]
    adjusted_payout_high: i64,
}

impl Row {
    /// The currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The partner.
    pub fn partner(&self) -> Option<CompanyId> {
        self.partner_company_id
    }

    /// The day: as it was settled, or else as the zone says.
    pub fn day(&self) -> Option<Day> {
        let zone = || self.zone.clone().unwrap_or_else(Zone::utc);
        self.day.or_else(|| self.moment.map(|moment| moment.day_in(&zone())))
    }

    /// Whose they are, where all of it was asked for.
    pub fn key(&self) -> Option<Key> {
        Some(Key {
            partner_company_id: self.partner_company_id,
            company_id: self.company_id?,
            day: self.day()?,
            program_id: self.program_id?,
            event_type_id: self.event_type_id?,
            currency: self.currency,
        })
    }

    /// The figures.
    pub fn figures(&self) -> Figures {
        let whole = |minor: i64, high: i64| {
            i128::from(high).saturating_mul(i128::from(WIDE)).saturating_add(i128::from(minor))
        };
        Figures {
            actions: self.actions,
            approved: self.approved,
            reversed: self.reversed,
            locked: self.locked,
            adjustments: self.adjustments,
            tracked_minor: whole(self.tracked_minor, self.tracked_high),
            sale_minor: whole(self.sale_minor, self.sale_high),
            payout_minor: whole(self.payout_minor, self.payout_high),
            lost_minor: whole(self.lost_minor, self.lost_high),
            adjusted_sale_minor: whole(self.adjusted_sale_minor, self.adjusted_sale_high),
            adjusted_payout_minor: whole(self.adjusted_payout_minor, self.adjusted_payout_high),
        }
    }
}
