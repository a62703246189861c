//! Why an action was reversed, modified or reattributed: one closed list for every door.

use super::model::Verb;

crate::words! {
    /// A reason code. Doors read it with [`find`], which also knows the names other platforms use.
    pub enum Reason as ReasonCode {
        /// The customer sent the goods back.
        ItemReturned = "ITEM_RETURNED",
        /// The goods could not be delivered.
        ItemOutOfStock = "ITEM_OUT_OF_STOCK",
        /// The order was entered wrongly.
        OrderError = "ORDER_ERROR",
        /// The order was changed; the only reason that may raise a value.
        OrderUpdate = "ORDER_UPDATE",
        /// The customer is a fraud.
        ConsFraud = "CONS_FRAUD",
        /// The customer made a mistake.
        ConsError = "CONS_ERROR",
        /// The partner disputes the action.
        PubActDispute = "PUB_ACT_DISPUTE",
        /// The brand disputes the action.
        AdvActDispute = "ADV_ACT_DISPUTE",
        /// The action breaks the program's terms.
        NotComplianceTerms = "NOT_COMPLIANCE_TERMS",
        /// Another partner earned it.
        CreditedDifferentMp = "CREDITED_DIFFERENT_MP",
        /// Somebody was testing.
        TestAction = "TEST_ACTION",
        /// None of these; the note says which.
        Other = "OTHER",
        /// The brand does not accept the action.
        Rejected = "REJECTED",
        /// What the customer stated is not true.
        ConsInfoInvalid = "CONS_INFO_INVALID",
        /// The partner was not active.
        PartnerNotActive = "PARTNER_NOT_ACTIVE",
    }
}

/// Codes that arrive in files from other platforms, and what they mean here.
const ALIASES: &[(&str, Reason)] = &[
    ("MP_RETURNED", Reason::ItemReturned),
    ("MP_RETURN", Reason::ItemReturned),
    ("CONSUMER_FRAUD", Reason::ConsFraud),
];

/// The reason a text names: its code or an alias, in any case, spaces around it ignored.
pub fn find(text: &str) -> Option<Reason> {
    let code = text.trim().to_ascii_uppercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == code);
    Reason::parse(&code).or_else(|| alias.map(|(_, reason)| *reason))
}

/// The other names of a reason.
pub fn aliases(reason: Reason) -> Vec<&'static str> {
    ALIASES.iter().filter(|(_, meant)| *meant == reason).map(|(alias, _)| *alias).collect()
}

/// The codes a verb takes, for messages and for the document; none if it takes no reason.
pub fn accepted(verb: Verb) -> Vec<&'static str> {
    let applies: fn(Reason) -> bool = match verb {
        Verb::Reverse => Reason::applies_to_reverse,
        Verb::Modify => Reason::applies_to_modify,
        Verb::Reattribute => Reason::applies_to_reattribute,
        Verb::Track
        | Verb::Approve
        | Verb::Restore
        | Verb::Reset
        | Verb::Hold
        | Verb::Release
        | Verb::Lock
        | Verb::Clear => |_| false,
    };
    let reasons = Reason::ALL.iter().copied().filter(|reason| applies(*reason));
    reasons.map(Reason::as_str).collect()
}

impl Reason {
    /// Whether an action may be reversed for it: for every one.
    pub fn applies_to_reverse(self) -> bool {
        true
    }

    /// Whether an action may be modified for it. Three speak of the whole action only.
    pub fn applies_to_modify(self) -> bool {
        use Reason::*;
        match self {
            ItemReturned | ItemOutOfStock | OrderError | OrderUpdate | ConsFraud | ConsError
            | PubActDispute | AdvActDispute | NotComplianceTerms | CreditedDifferentMp
            | TestAction | Other => true,
            Rejected | ConsInfoInvalid | PartnerNotActive => false,
        }
    }

    /// Whether another partner may be credited for it. What the customer did is no reason.
    pub fn applies_to_reattribute(self) -> bool {
        use Reason::*;
        match self {
            OrderError | PubActDispute | AdvActDispute | NotComplianceTerms
            | CreditedDifferentMp | TestAction | Other => true,
            ItemReturned | ItemOutOfStock | OrderUpdate | ConsFraud | ConsError | Rejected
            | ConsInfoInvalid | PartnerNotActive => false,
        }
    }

    /// Whether it says too little without a note.
    pub fn needs_note(self) -> bool {
        self == Self::Other
    }

    /// Whether it may raise a value: an order that was changed can be worth more.
    pub fn may_increase(self) -> bool {
        self == Self::OrderUpdate
    }

    /// Whether it still reverses a held action whose lock date has passed.
    pub fn is_fraud(self) -> bool {
        self == Self::ConsFraud
    }

    /// What it means, in a sentence for people.
    pub fn description(self) -> &'static str {
        use Reason::*;
        match self {
            ItemReturned => "The customer returned the goods.",
            ItemOutOfStock => "The goods were out of stock.",
            OrderError => "The order was wrong.",
            OrderUpdate => "The order was changed.",
            ConsFraud => "The customer acted fraudulently.",
            ConsError => "The customer made a mistake.",
            PubActDispute => "The partner disputes the action.",
            AdvActDispute => "The brand disputes the action.",
            NotComplianceTerms => "The action does not comply with the program's terms.",
            CreditedDifferentMp => "Another partner was credited.",
            TestAction => "The action was a test.",
            Other => "Another reason, given in the note.",
            Rejected => "The brand rejected the action.",
            ConsInfoInvalid => "The customer's information is invalid.",
            PartnerNotActive => "The partner was not active.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_found_by_code_or_alias_in_any_case() {
        for reason in Reason::ALL {
            let shouted = format!(" {} ", reason.as_str().to_lowercase());
            assert_eq!(find(&shouted), Some(*reason));
        }
        assert_eq!(find("mp_return"), Some(Reason::ItemReturned));
        assert_eq!(find("MP_RETURNED\t"), Some(Reason::ItemReturned));
        assert_eq!(find("Consumer_Fraud"), Some(Reason::ConsFraud));
    }

    #[test]
    fn operations_and_inventions_are_no_reasons() {
        for text in ["", "RESET", "APPROVED", "ITEM RETURNED", "RETURNED"] {
            assert_eq!(find(text), None, "{text:?}");
        }
    }

    #[test]
    fn three_reasons_only_reverse_and_other_verbs_take_none() {
        let (reverse, modify) = (accepted(Verb::Reverse), accepted(Verb::Modify));
        assert_eq!(reverse.len(), Reason::ALL.len());
        let only: Vec<_> = reverse.into_iter().filter(|code| !modify.contains(code)).collect();
        assert_eq!(only, ["REJECTED", "CONS_INFO_INVALID", "PARTNER_NOT_ACTIVE"]);
        assert!(accepted(Verb::Approve).is_empty());
    }
}
