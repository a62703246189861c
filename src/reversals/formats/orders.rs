//! Orders to be tracked, as tables with a header. A row becomes what a report of the order is as JSON:
//! whatever is wrong with that is found where reports are read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::csv::{Cell, Table, unwrapped};
use super::sniff::{self, Meaning};
use super::{ColumnName, FileFault, Layout, clip};
use crate::reversals::line::LineFault;
use crate::reversals::model::{FileCode, LineCode};

/// What a column says of one of the things bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Its article number.
    Sku,
    /// What it is called.
    Name,
    /// What kind of thing it is.
    Category,
    /// How many.
    Quantity,
    /// What they are worth together.
    Amount,
}

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The event type, by its id or code.
    EventType,
    /// The brand's order number.
    OrderId,
    /// When the customer acted.
    OccurredAt,
    /// The currency of the amounts.
    Currency,
    /// The partner who is credited.
    Partner,
    /// The coupon code the order carried.
    Code,
    /// New or returning.
    CustomerStatus,
    /// The brand's words.
    Note,
    /// All labels of the partner's, as JSON.
    SubIds,
    /// One of them, counted from 1.
    SubId(u8),
    /// All that was bought, as JSON.
    Items,
    /// What one thing, counted from 1, is or has.
    OfItem(u8, Part),
    /// What other files have besides, and nothing here needs.
    Ignored,
    /// What we added to a file we gave back.
    Outcome,
}

impl Part {
    const ALL: [Self; 5] = [Self::Sku, Self::Name, Self::Category, Self::Quantity, Self::Amount];

    /// What it is called in a report.
    fn name(self) -> &'static str {
        match self {
            Self::Sku => "sku",
            Self::Name => "name",
            Self::Category => "category",
            Self::Quantity => "quantity",
            Self::Amount => "amount",
        }
    }
}

/// The first of the things bought needs no number.
const fn first(part: Part) -> Column {
    Column::OfItem(1, part)
}

/// Names of columns, in small letters and without spaces, underscores and hyphens: our own, and those
/// of the files that shops have anyway.
const NAMES: &[(Column, &[&str])] = &[
    (Column::EventType, &["eventtypeid", "eventtype", "eventtypecode", "actiontrackerid"]),
    (Column::OrderId, &["orderid", "oid", "orderref", "orderreference", "ordernumber"]),
    (
        Column::OccurredAt,
        &["occurredat", "eventdate", "eventtime", "orderdate", "actiondate", "transactiondate"],
    ),
    (Column::Currency, &["currency", "currencycode"]),
    (
        Column::Partner,
        &["partnercompanyid", "partnerid", "partner", "mediapartnerid", "publisherid"],
    ),
    (Column::Code, &["code", "coupon", "couponcode", "promocode", "orderpromocode", "vouchercode"]),
    (first(Part::Amount), &["amount", "amount1", "saleamount", "ordertotal"]),
    (first(Part::Sku), &["sku", "sku1", "itemsku"]),
    (first(Part::Name), &["name", "name1", "itemname", "productname"]),
    (first(Part::Category), &["category", "category1", "itemcategory"]),
    (first(Part::Quantity), &["quantity", "quantity1", "itemquantity"]),
    (Column::Items, &["items"]),
    (Column::CustomerStatus, &["customerstatus"]),
    (Column::SubIds, &["subids"]),
    (Column::SubId(1), &["subid", "subid1"]),
    (Column::Note, &["note", "notes"]),
    (
        Column::Ignored,
        &[
            "",
            "campaignid",
            "commission",
            "commissionamount",
            "companyid",
            "enterpriseid",
            "subscriptionid",
        ],
    ),
    (Column::Outcome, &["errorcode", "errormessage", "outcome", "line", "warnings"]),
];

/// The fields of an order by our own names, in the order in which our own files have them.
pub const FIELDS: &[&str] = &[
    "event_type_id",
    "order_id",
    "occurred_at",
    "currency",
    "partner_company_id",
    "code",
    "amount",
    "items",
    "customer_status",
    "sub_ids",
    "note",
];

/// Every column that is known.
pub fn columns() -> impl Iterator<Item = ColumnName> {
    NAMES.iter().map(|(column, names)| ColumnName {
        name: column.name(),
        description: column.description(),
        names,
    })
}

impl Column {
    /// Our own name for it.
    fn name(self) -> &'static str {
        match self {
            Self::EventType => "event_type_id",
            Self::OrderId => "order_id",
            Self::OccurredAt => "occurred_at",
            Self::Currency => "currency",
            Self::Partner => "partner_company_id",
            Self::Code => "code",
            Self::CustomerStatus => "customer_status",
            Self::Note => "note",
            Self::SubIds => "sub_ids",
            Self::SubId(_) => "sub_id1",
            Self::Items => "items",
            Self::OfItem(_, part) => part.name(),
            Self::Ignored | Self::Outcome => "",
        }
    }

    /// What its cells say, for people.
    const fn description(self) -> &'static str {
        match self {
            Self::EventType => "The event type, by its id or your own code for it",
            Self::OrderId => "Your order number",
            Self::OccurredAt => "When the customer acted",
            Self::Currency => "What amounts are counted in; the program's if absent",
            Self::Partner => "The partner who is credited, by its company's id; or else the code",
            Self::Code => "The coupon code of the order: whoever had it then is credited",
            Self::CustomerStatus => "New or returning, in your words; not for the partner",
            Self::Note => "Your own words; not for the partner",
            Self::SubIds => "The partner's own labels, as a JSON object",
            Self::SubId(_) => "One of the partner's own labels; others are `sub_id2`, `sub_id3` …",
            Self::Items => "All that was bought, as a JSON list; instead of the columns of items",
            Self::OfItem(_, Part::Sku) => "The article number of what was bought",
            Self::OfItem(_, Part::Name) => "What it is called",
            Self::OfItem(_, Part::Category) => "What kind of thing it is",
            Self::OfItem(_, Part::Quantity) => "How many; 1 if the file does not say",
            Self::OfItem(_, Part::Amount) => "What they are worth together, or the whole order is",
            Self::Ignored => "Nothing that is needed here",
            Self::Outcome => "What was added to a file that was given back",
        }
    }
}

impl Meaning for Column {
    const IGNORED: Self = Self::Ignored;
    const OUTCOME: Self = Self::Outcome;

    fn named(plain: &str) -> Option<Self> {
        let known = |(_, names): &&(Self, &[&str])| names.contains(&plain);
        let column = NAMES.iter().find(known).map(|(column, _)| *column);
        column.or_else(|| numbered(plain))
    }

    fn ours() -> Vec<&'static str> {
        FIELDS.to_vec()
    }

    fn beside(_: &mut [Option<Self>], _: &[String]) {}

    fn faults(known: &[Self]) -> Vec<FileFault> {
        let has = |wanted: Self| known.contains(&wanted);
        let is_amount = |column: &Self| matches!(column, Self::OfItem(_, Part::Amount));
        let missing = [
            (has(Self::OrderId), "order_id"),
            (has(Self::OccurredAt), "occurred_at"),
            (has(Self::Items) || known.iter().any(is_amount), "amount"),
        ];
        let missing = missing.into_iter().filter(|(there, _)| !there).map(|(_, name)| {
            let detail = format!("there is no column `{name}`");
            FileFault::new(FileCode::MissingColumn, detail, Some(1))
        });
        missing.collect()
    }
}

/// What a name with a number behind it means.
fn numbered(plain: &str) -> Option<Column> {
    let name = plain.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number: u8 = plain.get(name.len()..)?.parse().ok().filter(|number| *number > 1)?;
    if name == "subid" {
        return Some(Column::SubId(number));
    }
    let part = Part::ALL.into_iter().find(|part| part.name() == name)?;
    Some(Column::OfItem(number, part))
}

/// Tells the layout of a file of orders from its beginning, or everything that keeps it from being a
/// batch.
pub fn sniff(head: &[u8], complete: bool) -> Result<Layout, Vec<FileFault>> {
    sniff::table(head, complete).map(Layout::Orders)
}

/// What a record tells of an order: the fields of a report, as JSON has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// The fields by their names.
    pub fields: Map<String, Value>,
    /// What could not be made a field.
    pub faults: Vec<LineFault>,
}

/// Whether a spreadsheet has made a rounded number of an order id.
pub fn is_mangled(order_id: &str) -> bool {
    super::draft::is_mangled(order_id)
}

/// What a row tells, or why its cells are not those of the header.
pub(super) fn row(table: &Table<Column>, record: &[u8]) -> Result<Told, Vec<LineFault>> {
    let cells = table.cells(record).map_err(|fault| vec![fault])?;
    let mut row = Row { table, cells: &cells, told: Told::default() };
    row.read();
    Ok(row.told)
}

struct Row<'a> {
    table: &'a Table<Column>,
    cells: &'a [Cell<'a>],
    told: Told,
}

impl<'a> Row<'a> {
    /// What stands in the columns, from the first to the last, without empty cells.
    fn filled(&self) -> impl Iterator<Item = (Column, &'a str)> + use<'a> {
        let table = self.table;
        let cells = table.columns.iter().copied().zip(self.cells);
        let cells =
            cells.map(move |(column, cell)| (column, unwrapped(table.unguarded(cell.text.trim()))));
        cells.filter(|(_, text)| !text.is_empty())
    }

    fn read(&mut self) {
        let mut items: Vec<(u8, Map<String, Value>)> = Vec::new();
        let mut labels = Map::new();
        for (column, text) in self.filled() {
            match column {
                Column::Ignored | Column::Outcome => {}
                Column::SubIds | Column::Items => self.json(column, text),
                Column::SubId(number) => {
                    labels.insert(format!("sub_id{number}"), text.into());
                }
                Column::OfItem(number, part) => {
                    let value = self.part(number, part, text);
                    let place = items.iter().position(|(other, _)| *other == number);
                    let place = place.unwrap_or_else(|| {
                        items.push((number, Map::new()));
                        items.len().saturating_sub(1)
                    });
                    if let Some((_, item)) = items.get_mut(place) {
                        item.insert(part.name().into(), value);
                    }
                }
                Column::Currency => self.insert(column, text.to_ascii_uppercase().into()),
                Column::EventType
                | Column::OrderId
                | Column::OccurredAt
                | Column::Partner
                | Column::Code
                | Column::CustomerStatus
                | Column::Note => self.insert(column, text.into()),
            }
        }
        self.labels(labels);
        self.items(items);
    }

    fn insert(&mut self, column: Column, value: Value) {
        self.told.fields.insert(column.name().into(), value);
    }

    fn fault(&mut self, code: LineCode, detail: String) {
        self.told.faults.push(LineFault::new(code, detail));
    }

    fn json(&mut self, column: Column, text: &str) {
        match serde_json::from_str(text) {
            Ok(value) => self.insert(column, value),
            Err(error) => {
                let detail = format!("{} is not JSON: {error}", column.name());
                self.fault(LineCode::WrongType, detail);
            }
        }
    }

    /// A quantity is a number, everything else a text.
    fn part(&mut self, number: u8, part: Part, text: &str) -> Value {
        if part != Part::Quantity {
            return text.into();
        }
        // Programs that count in fractions write a whole number so. Three zeros might be thousands.
        let text = text.strip_suffix(".00").or(text.strip_suffix(".0")).unwrap_or(text);
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<i64>() {
            Ok(quantity) if plain => quantity.into(),
            _ => {
                let (code, what) = match plain {
                    true => (LineCode::OutOfRange, "too large"),
                    false => (LineCode::BadNumber, "not a whole number"),
                };
                let name = suffixed("quantity", number);
                self.fault(code, format!("{name} `{}` is {what}", clip(text)));
                // It is told already, and says nothing more.
                1.into()
            }
        }
    }

    fn labels(&mut self, labels: Map<String, Value>) {
        if labels.is_empty() {
            return;
        }
        if self.told.fields.contains_key(Column::SubIds.name()) {
            let detail = "sub_ids stands beside columns of single labels".to_string();
            return self.fault(LineCode::ConflictingFields, detail);
        }
        self.insert(Column::SubIds, labels.into());
    }

    /// An amount alone is that of the whole order; with anything else it is that of one thing.
    fn items(&mut self, mut items: Vec<(u8, Map<String, Value>)>) {
        items.sort_by_key(|(number, _)| *number);
        let whole = match items.as_slice() {
            [] => return,
            [(1, only)] => only.keys().eq(["amount"]),
            _ => false,
        };
        if whole {
            let amount = items.into_iter().next().map(|(_, only)| only).unwrap_or_default();
            self.told.fields.extend(amount);
            return;
        }
        if self.told.fields.contains_key(Column::Items.name()) {
            let detail = "items stands beside columns of single items".to_string();
            return self.fault(LineCode::ConflictingFields, detail);
        }
        let with_quantity = |(number, mut item): (u8, Map<String, Value>)| {
            if !self.table.has(Column::OfItem(number, Part::Quantity)) {
                item.insert(Part::Quantity.name().into(), 1.into());
            }
            Value::Object(item)
        };
        let items: Vec<Value> = items.into_iter().map(with_quantity).collect();
        self.insert(Column::Items, items.into());
    }
}

/// The name of a column of one of several items: the first one's has no number.
pub fn suffixed(name: &str, number: u8) -> String {
    if number == 1 { name.to_string() } else { format!("{name}{number}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reversals::formats::told;
    use serde_json::json;

    /// What the only row of a file tells.
    fn read(file: &str) -> Told {
        let layout = sniff(file.as_bytes(), true).unwrap();
        let at = file.find('\n').unwrap() + 1;
        told(&layout, &file.as_bytes()[at..]).unwrap().unwrap()
    }

    #[test]
    fn a_row_is_a_report_by_whatever_names() {
        let told = read(
            "Oid;Event Date;currencyCode;MediaPartnerId;Amount;SubId1;Sub-Id 3;Customer Status\n\
             A-1;2026-03-09 10:00;eur;co_x;12.50;red;;new",
        );
        let wanted = json!({
            "order_id": "A-1", "occurred_at": "2026-03-09 10:00", "currency": "EUR",
            "partner_company_id": "co_x", "customer_status": "new",
            "sub_ids": { "sub_id1": "red" }, "amount": "12.50",
        });
        assert_eq!((Value::Object(told.fields), told.faults), (wanted, vec![]));
    }

    #[test]
    fn an_amount_is_of_the_order_or_of_what_stands_beside_it() {
        let items = |file: &str| {
            let told = read(file);
            (
                told.fields.get("amount").cloned(),
                told.fields.get("items").cloned(),
                told.faults.len(),
            )
        };
        let head = "order_id,occurred_at,sku,quantity,amount,sku2,quantity2,amount2\nA,B,";
        let item = |sku: &str, quantity: i64, amount: &str| json!({ "sku": sku, "quantity": quantity, "amount": amount });
        let of = |row: &str| items(&format!("{head}{row}"));
        assert_eq!(of(",,5.00,,,"), (Some(json!("5.00")), None, 0));
        assert_eq!(of("S,2,5.00,,,"), (None, Some(json!([item("S", 2, "5.00")])), 0));
        let two = json!([item("S", 2, "5.00"), item("T", 1, "3.00")]);
        assert_eq!(of("S,2,5.00,T,1,3.00"), (None, Some(two), 0));
        // An empty quantity is missing, and never a one.
        assert_eq!(of("S,,5.00,,,").1, Some(json!([{ "sku": "S", "amount": "5.00" }])));
        assert_eq!(of("S,two,5.00,,,").2, 1);
        let bare = items("order_id,occurred_at,sku,amount\nA,B,S,5.00");
        assert_eq!(bare.1, Some(json!([item("S", 1, "5.00")])));
        let json = "order_id,occurred_at,items\nA,B,\"[{\"\"amount\"\": \"\"5.00\"\"}]\"";
        assert_eq!(items(json).1, Some(json!([{ "amount": "5.00" }])));
        assert_eq!(items("order_id,occurred_at,items,sku\nA,B,[],S").2, 1);
        assert_eq!(items("order_id,occurred_at,items\nA,B,[").2, 1);
    }

    #[test]
    fn a_file_needs_an_order_a_moment_and_an_amount() {
        let codes = |file: &str| -> Vec<&str> {
            let faults = sniff(file.as_bytes(), true).err().unwrap_or_default();
            faults.iter().map(|fault| fault.code.as_str()).collect()
        };
        assert_eq!(codes("order_id\nA-1\n"), ["missing_column", "missing_column"]);
        assert_eq!(codes("order_id,occurred_at,amount2\nA,B,C\n"), [""; 0]);
        assert_eq!(codes("order_id,occurred_at,amount,oid\nA,B,C,D\n"), ["duplicate_column"]);
        assert_eq!(codes("order_id,occurred_at,amount,reason\nA,B,C,D\n"), ["unknown_column"]);
        assert_eq!(codes("colour\nred\n"), ["header_unknown"]);
    }

    #[test]
    fn every_field_is_a_column() {
        for field in FIELDS {
            assert!(Column::named(&sniff::plain(field)).is_some(), "{field}");
        }
    }
}
