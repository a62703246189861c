use proptest::prelude::*;

use super::*;

const FORM: &str = "grant_type=client_credentials&client_id=key_1&client_secret=entk_a-b_c";

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

fn asked(scope: Option<&str>) -> Result<Asked, Refusal> {
    let (client_id, client_secret) = ("key_1".into(), "entk_a-b_c".into());
    Ok(Asked { client_id, client_secret, scope: scope.map(Into::into) })
}

/// What a request is refused with.
fn code(authorization: Option<&str>, form: &str) -> &'static str {
    read(authorization, form.as_bytes()).map_or_else(|refusal| refusal.code(), |_| "taken")
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:?}", self.client_id, self.client_secret, self.scope)
    }
}

#[test]
fn a_client_shows_itself_in_the_form_or_in_the_header() {
    assert_eq!(read(None, FORM.as_bytes()), asked(None));
    // Order, unknown fields and empty ones make no difference.
    let more = format!("scope=a+b&resource=x&resource=y&scope=&{FORM}&audience=z");
    assert_eq!(read(None, more.as_bytes()), asked(Some("a b")));
    let grant = "grant_type=client_credentials";
    for pair in ["key_1:entk_a-b_c", "key%5F1:entk_a%2Db%5fc"] {
        assert_eq!(read(Some(&basic(pair)), grant.as_bytes()), asked(None), "{pair}");
    }
    let both = format!("{grant}&client_id=key_1&scope=c");
    assert_eq!(read(Some(&basic("key_1:entk_a-b_c")), both.as_bytes()), asked(Some("c")));
    let odd = read(Some(&basic("a+b%26%2B:c&d=e:f")), grant.as_bytes()).unwrap();
    assert_eq!((odd.client_id.as_str(), odd.client_secret.as_str()), ("a b&+", "c&d=e:f"));
}

#[test]
fn what_is_no_such_request_is_told_by_its_code() {
    let grant = "grant_type=client_credentials";
    let shown = basic("key_1:entk_a-b_c");
    for (authorization, form, expected) in [
        (None, "", "invalid_request"),
        (None, "grant_type=", "invalid_request"),
        (None, "grant_type=password&username=a&password=b", "unsupported_grant_type"),
        (None, "grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (None, grant, "invalid_client"),
        (None, "grant_type=client_credentials&client_id=key_1", "invalid_client"),
        (Some("Bearer entk_a"), FORM, "invalid_request"),
        (Some("Bearer entk_a"), grant, "invalid_client"),
        (Some("Basic"), grant, "invalid_client"),
        (Some("Basic %%%"), grant, "invalid_client"),
        (Some(&basic("no colon")), grant, "invalid_client"),
        (Some(&shown), FORM, "invalid_request"),
        (Some(&shown), "grant_type=client_credentials&client_id=key_2", "invalid_request"),
    ] {
        assert_eq!(code(authorization, form), expected, "{authorization:?} {form}");
    }
}

#[test]
fn a_token_gets_no_scope_that_the_key_has_not() {
    use Scope::*;
    let own = [ActionsRead, ReversalsRead, ReversalsWrite];
    assert_eq!(narrowed(&own, None), Ok(own.to_vec()));
    let some = narrowed(&own, Some(" reversals:write  actions:read reversals:write "));
    assert_eq!(some, Ok(vec![ActionsRead, ReversalsWrite]));
    assert_eq!(written(&some.unwrap()), "actions:read reversals:write");
    for (asked, named) in [
        ("actions:write", "actions:write"),
        ("actions:read events:read", "events:read"),
        ("actions:read,reversals:read", "actions:read?reversals:read"),
        ("ACTIONS:READ", "ACTIONS:READ"),
        ("\"\\\u{e9}\n", "????"),
        (" ", "of no name"),
    ] {
        let refused = narrowed(&own, Some(asked)).unwrap_err();
        assert_eq!(refused, Refusal::InvalidScope(named.into()), "{asked:?}");
    }
}

proptest! {
    #[test]
    fn no_request_makes_it_panic(header in prop::option::of(".{0,60}"), form: Vec<u8>, packed: Vec<u8>) {
        let _ = read(header.as_deref(), &form);
        let basic = format!("Basic {}", STANDARD.encode(packed));
        let _ = read(Some(&basic), &[b"grant_type=client_credentials&", form.as_slice()].concat());
    }

    #[test]
    fn what_was_asked_for_is_had_and_is_the_keys_own(
        own in prop::sample::subsequence(Scope::ALL.to_vec(), 0..Scope::ALL.len()),
        asked in prop::sample::subsequence(Scope::ALL.to_vec(), 1..Scope::ALL.len()),
    ) {
        match narrowed(&own, Some(&written(&asked))) {
            Ok(given) => prop_assert!(given == asked && given.iter().all(|one| own.contains(one))),
            Err(_) => prop_assert!(asked.iter().any(|one| !own.contains(one))),
        }
    }
}
