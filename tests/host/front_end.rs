//! Client addresses as the front end of the host writes them, whatever clients write themselves.

use super::{
    functions_host::FunctionsHost,
    wire::{Answer, Request},
};
use serde_json::json;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};
use test_support::program::fresh;

/// Header names that may be searched for an address, in the sender's case.
const NAMES: [&str; 22] = [
    "CLIENT-IP",
    "client-ip",
    "Client-Ip",
    "Client_IP",
    "X-Client-IP",
    "X-Azure-ClientIP",
    "X-Azure-SocketIP",
    "X-Forwarded-For",
    "X-FORWARDED-FOR",
    "X-Forwarded-Client-IP",
    "X-Original-For",
    "X-Original-Forwarded-For",
    "X-Envoy-External-Address",
    "X-Real-IP",
    "X-Remote-Addr",
    "X-Cluster-Client-IP",
    "X-ProxyUser-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "WL-Proxy-Client-IP",
    "Forwarded",
    "Via",
];
const FALSE_ONES: [&str; 8] = [
    "198.51.100.9",
    "198.51.100.9:50000",
    "[2001:db8:bad::9]:50000",
    "127.0.0.1",
    "169.254.131.2",
    "for=198.51.100.9;proto=https",
    "198.51.100.9, 203.0.113.9:1",
    "",
];

/// What happens to a `CLIENT-IP` sent by the client. App Service's front end overwrites it, but that is not documented for every plan.
#[derive(Clone, Copy, Debug)]
enum Own {
    WrittenOver,
    /// The front end adds a header line of its own after it.
    Before,
    /// The front end appends an entry to the same line.
    InTheSameLine,
}

/// A request as it reaches the host: with the address in `CLIENT-IP`, and with other headers that must be ignored.
fn seen_from(address: SocketAddr, own: Own, request: Request) -> Request {
    let is_ours = |name: &str| name.eq_ignore_ascii_case("client-ip");
    let sent: Vec<String> = request.headers.iter().filter(|(name, _)| is_ours(name)).map(|(_, value)| value.clone()).collect();
    let rest = request.headers.iter().filter(|(name, _)| !is_ours(name)).cloned().collect();
    let mut request = Request { headers: rest, ..request };
    let line = match own {
        Own::WrittenOver => address.to_string(),
        Own::Before => {
            request = sent.iter().fold(request, |request, value| request.header("client-ip", value));
            address.to_string()
        }
        Own::InTheSameLine => sent.into_iter().chain([address.to_string()]).collect::<Vec<_>>().join(", "),
    };
    request
        .header("CLIENT-IP", &line)
        .header("X-Forwarded-For", &address.to_string())
        .header("X-ARR-LOG-ID", "5d1b7f3e")
        .header("X-Original-URL", "/")
}

/// A deployment where each address may request five password resets.
fn deployed(data: &Path) -> FunctionsHost {
    let settings = [("FINRUST_CLIENT_IP_HEADER", "CLIENT-IP"), ("FINRUST_RESETS_PER_ADDRESS", "5")];
    FunctionsHost::start_with(data, &settings, |_| ())
}

/// Every second one is IPv6.
fn address(number: u8) -> SocketAddr {
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, number.into(), 0, 0, 0, 1);
    let ip = if number.is_multiple_of(2) { IpAddr::from(v6) } else { Ipv4Addr::new(192, 0, 2, number).into() };
    SocketAddr::new(ip, 50_000 + u16::from(number))
}

fn forgets() -> Request {
    Request::new("POST", "/api/password-reset").json(&json!({"username": "niemand"}))
}

fn signs_in(username: &str) -> Request {
    Request::new("POST", "/api/login").json(&json!({"username": username, "password": "geraden wachtwoord"}))
}

#[test]
fn the_address_is_the_one_in_front_whatever_a_client_sends() {
    let (_parent, data) = fresh();
    let host = deployed(&data);
    let seen = |request: Request| {
        let answer: Answer = host.public(&request).expect(200);
        answer.header("finrust-client-address").expect("an address").to_owned()
    };
    let mut tried = 0;
    for own in [Own::WrittenOver, Own::Before, Own::InTheSameLine] {
        for (number, name) in NAMES.into_iter().enumerate() {
            let from = address(u8::try_from(number).expect("few"));
            for value in FALSE_ONES {
                let health = || Request::new("GET", "/api/health").header(name, value);
                let twice =
                    health().header(&name.to_uppercase(), "203.0.113.77").header("Connection", &format!("close, {name}, CLIENT-IP"));
                let with_id = health().header("X-Azure-FDID", "").header("x-azure-fdid", "7f3c9a3e-1111-4c22-8d4b-5b0c7d7f9a01");
                for request in [health(), twice, with_id] {
                    assert_eq!(seen(seen_from(from, own, request)), from.ip().to_string(), "{own:?} {name}: {value}");
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} requests with addresses of their own were seen under the one in front");
    // Without a front end no address is made up, and none is taken from the client.
    for name in NAMES.into_iter().filter(|name| !name.eq_ignore_ascii_case("client-ip")) {
        assert_eq!(seen(Request::new("GET", "/api/health").header(name, "198.51.100.9")), "unknown", "{name}");
    }
}

#[test]
fn sixty_four_addresses_are_throttled_each_for_itself_and_no_header_gives_more() {
    let (_parent, data) = fresh();
    let host = deployed(&data);
    let from = |number: u8, request: Request| host.public(&seen_from(address(number), Own::Before, request)).status;
    for number in 0..64 {
        for _ in 0..5 {
            assert_eq!(from(number, forgets()), 202, "{number}");
        }
        let name = NAMES[usize::from(number) % NAMES.len()];
        for value in FALSE_ONES {
            assert_eq!(from(number, forgets().header(name, value)), 429, "{number} with {name}: {value}");
        }
        assert_eq!(from(number, signs_in(&format!("user{number}"))), 401, "{number}");
    }
}

#[test]
fn without_the_header_nobody_shares_a_bucket_and_a_line_says_so() {
    let (_parent, data) = fresh();
    let host = deployed(&data);
    for number in 0..64 {
        assert_eq!(host.public(&forgets()).status, 202, "{number}");
        assert_eq!(host.public(&signs_in(&format!("user{number}"))).status, 401, "{number}");
    }
    let told = host.written().matches(r#""event":"client_address_missing""#).count();
    assert!((1..64).contains(&told), "{told} lines");
}
