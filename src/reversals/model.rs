//! Words of batches and their lines.

crate::words! {
    /// What the lines of a batch are.
    pub enum Purpose {
        /// Changes of actions.
        Reversals = "reversals",
        /// Actions to be tracked.
        Actions = "actions",
    }
}

crate::words! {
    /// What becomes of a batch that has faulty lines.
    pub enum Mode {
        BestEffort = "best_effort",
        AllOrNothing = "all_or_nothing",
        DryRun = "dry_run",
    }
}

crate::words! {
    /// What an order id means that several actions have.
    pub enum OnAmbiguous { Reject = "reject", Newest = "newest" }
}

crate::words! {
    /// Where a batch stands.
    pub enum Status {
        Received = "received",
        Processing = "processing",
        NeedsConfirmation = "needs_confirmation",
        Completed = "completed",
        Rejected = "rejected",
        Cancelled = "cancelled",
    }
}

crate::words! {
    /// What became of a line.
    pub enum Outcome {
        Applied = "applied",
        Unchanged = "unchanged",
        DuplicateOfLine = "duplicate_of_line",
        Rejected = "rejected",
    }
}

crate::words! {
    /// What a line asks for.
    pub enum Operation {
        Reverse = "reverse",
        Modify = "modify",
        Approve = "approve",
        Restore = "restore",
        Reset = "reset",
    }
}

crate::words! {
    /// What is worth knowing about a line that was not rejected.
    pub enum Warning {
        Superseded = "superseded",
        TrackedAtZero = "tracked_at_zero",
        ClawedBack = "clawed_back",
        DuplicateOrder = "duplicate_order",
    }
}

impl Warning {
    /// Whether a line of such a batch may have it.
    pub const fn concerns(self, purpose: Purpose) -> bool {
        match self {
            Self::Superseded | Self::TrackedAtZero | Self::ClawedBack => {
                matches!(purpose, Purpose::Reversals)
            }
            Self::DuplicateOrder => matches!(purpose, Purpose::Actions),
        }
    }

    /// For people.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Superseded => "a later line of this batch set the same value again",
            Self::TrackedAtZero => "an amount of 0 does not reverse what was tracked at 0",
            Self::ClawedBack => "the action had locked: the line is an adjustment beside it",
            Self::DuplicateOrder => "the order was tracked before, as the action that is named",
        }
    }
}

crate::words! {
    /// Why a line was rejected.
    pub enum LineCode {
        ActionNotFound = "action_not_found",
        AmbiguousOrder = "ambiguous_order",
        UnknownEventType = "unknown_event_type",
        OrderIdMangled = "order_id_mangled",
        SkuNotFound = "sku_not_found",
        AmbiguousSku = "ambiguous_sku",
        ItemNotFound = "item_not_found",
        ActionLocked = "action_locked",
        ClawbackOver = "clawback_over",
        ActionReversed = "action_reversed",
        NotReversed = "not_reversed",
        ExceedsRemaining = "exceeds_remaining",
        CurrencyMismatch = "currency_mismatch",
        UnknownCurrency = "unknown_currency",
        UnknownOperation = "unknown_operation",
        UnknownReason = "unknown_reason",
        ReasonNotAllowed = "reason_not_allowed",
        ExternalRefConflict = "external_ref_conflict",
        Forbidden = "forbidden",
        MissingField = "missing_field",
        ConflictingFields = "conflicting_fields",
        UnknownField = "unknown_field",
        WrongType = "wrong_type",
        BadNumber = "bad_number",
        TooPrecise = "too_precise",
        OutOfRange = "out_of_range",
        TooLong = "too_long",
        BadCharacters = "bad_characters",
        WrongCellCount = "wrong_cell_count",
        UnreadableLine = "unreadable_line",
        BadFormat = "bad_format",
        TooShort = "too_short",
        TooFew = "too_few",
        TooMany = "too_many",
        UnknownPartner = "unknown_partner",
        UnknownCode = "unknown_code",
        NoContract = "no_contract",
        BatchRejected = "batch_rejected",
        InternalError = "internal_error",
    }
}

impl LineCode {
    /// What the code means, for people.
    pub const fn description(self) -> &'static str {
        match self {
            Self::ActionNotFound => "no action of this company has this id or order id",
            Self::AmbiguousOrder => "several actions have this order id; name one by its id",
            Self::UnknownEventType => "this company has no such event type",
            Self::OrderIdMangled => "a spreadsheet has turned the order id into a rounded number",
            Self::SkuNotFound => "the action has no item with this SKU",
            Self::AmbiguousSku => "several items of the action have this SKU; name one by its id",
            Self::ItemNotFound => "the action has no such item",
            Self::ActionLocked => "the action was locked when the batch was received",
            Self::ClawbackOver => "the action has locked, and its days for clawing back are over",
            Self::ActionReversed => "the action is reversed; restore it before changing it",
            Self::NotReversed => "the action is not reversed",
            Self::ExceedsRemaining => "more than what remains of the action or item",
            Self::CurrencyMismatch => "the action or the program is counted in another currency",
            Self::UnknownCurrency => "not an ISO 4217 currency code",
            Self::UnknownOperation => "not an operation",
            Self::UnknownReason => "not a reason",
            Self::ReasonNotAllowed => "this reason does not go with this operation",
            Self::ExternalRefConflict => "this reference was applied before with other values",
            Self::Forbidden => "the submitter may not do this to the action, or no longer may",
            Self::MissingField => "something that is required is missing",
            Self::ConflictingFields => "two fields of the line contradict each other",
            Self::UnknownField => "the line has a field that does not exist",
            Self::WrongType => "a field has a value of the wrong type",
            Self::BadNumber => "not a plain number",
            Self::TooPrecise => "more decimals than the currency has",
            Self::OutOfRange => "a number outside of its range",
            Self::TooLong => "a text longer than its limit",
            Self::BadCharacters => "a text with characters it may not have",
            Self::WrongCellCount => "the row does not have as many cells as the header",
            Self::UnreadableLine => "the line cannot be read",
            Self::BadFormat => "a text of another form than the one asked for",
            Self::TooShort => "a text shorter than it may be",
            Self::TooFew => "a list with fewer entries than it needs",
            Self::TooMany => "a list with more entries than it may have",
            Self::UnknownPartner => "no partner of this company",
            Self::UnknownCode => "no code of a partner in this program at that moment",
            Self::NoContract => "no contract with this partner was in force at that moment",
            Self::BatchRejected => "the line is good, but others of its batch are not",
            Self::InternalError => "a fault of ours; the line was not applied",
        }
    }

    /// Whether a line of such a batch may be rejected so.
    pub const fn concerns(self, purpose: Purpose) -> bool {
        let (reversals, actions) = match self {
            Self::ActionNotFound
            | Self::AmbiguousOrder
            | Self::SkuNotFound
            | Self::AmbiguousSku
            | Self::ItemNotFound
            | Self::ActionLocked
            | Self::ClawbackOver
            | Self::ActionReversed
            | Self::NotReversed
            | Self::ExceedsRemaining
            | Self::UnknownCurrency
            | Self::UnknownOperation
            | Self::UnknownReason
            | Self::ReasonNotAllowed
            | Self::ExternalRefConflict => (true, false),
            Self::BadFormat
            | Self::TooShort
            | Self::TooFew
            | Self::TooMany
            | Self::UnknownPartner
            | Self::UnknownCode
            | Self::NoContract => (false, true),
            Self::UnknownEventType
            | Self::OrderIdMangled
            | Self::CurrencyMismatch
            | Self::Forbidden
            | Self::MissingField
            | Self::ConflictingFields
            | Self::UnknownField
            | Self::WrongType
            | Self::BadNumber
            | Self::TooPrecise
            | Self::OutOfRange
            | Self::TooLong
            | Self::BadCharacters
            | Self::WrongCellCount
            | Self::UnreadableLine
            | Self::BatchRejected
            | Self::InternalError => (true, true),
        };
        match purpose {
            Purpose::Reversals => reversals,
            Purpose::Actions => actions,
        }
    }
}

crate::words! {
    /// Why a file cannot be a batch.
    pub enum FileCode {
        EmptyFile = "empty_file",
        BinaryFile = "binary_file",
        NotUtf8 = "not_utf8",
        HeaderUnknown = "header_unknown",
        HeaderTooLong = "header_too_long",
        UnknownColumn = "unknown_column",
        DuplicateColumn = "duplicate_column",
        MissingColumn = "missing_column",
        NoLines = "no_lines",
        RecordTooLong = "record_too_long",
        UnclosedQuote = "unclosed_quote",
        TooManyLines = "too_many_lines",
    }
}

impl FileCode {
    /// What the code means, for people.
    pub const fn description(self) -> &'static str {
        match self {
            Self::EmptyFile => "there is nothing in the file",
            Self::BinaryFile => "the file is not text",
            Self::NotUtf8 => "the text is not UTF-8, or not what it was said to be encoded in",
            Self::HeaderUnknown => "no column of the header is known",
            Self::HeaderTooLong => "the header does not end within the first 64 KiB",
            Self::UnknownColumn => "a column is not known",
            Self::DuplicateColumn => "two columns mean the same",
            Self::MissingColumn => "a column that every row needs is not there",
            Self::NoLines => "there is a header and nothing below it",
            Self::RecordTooLong => "a row is longer than 64 KiB",
            Self::UnclosedQuote => "a quoted cell is never closed",
            Self::TooManyLines => "more lines than a batch of its mode may have",
        }
    }
}
