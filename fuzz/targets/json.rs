//! Events as JSON: always one valid object a line, which says what the event said.
#![no_main]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use raccord_core::address::{Address, UnixAddress};
use raccord_core::encoding::Encoding;
use raccord_core::event::{Closed, ConnId, Data, Dir, End, Event, EventKind, Framed, Reason, Time};
use raccord_core::failure::Failure;
use raccord_core::framing::Cut;
use raccord_core::json::{Json, JsonData};
use raccord_core::secured::Secured;
use raccord_core::step::{Call, Errno, Outcome, Step};
use raccord_core::view::View;
use raccord_fuzz::assert_harmless;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    // where the input runs out, everything is zero or empty, so there is always an event
    let mut from = Unstructured::new(input);
    let _ = write(&mut from);
});

fn write(from: &mut Unstructured) -> Result<()> {
    let encodings: Vec<_> = Encoding::all().collect();
    let data = *from.choose(&[JsonData::Both, JsonData::Hex, JsonData::Text, JsonData::None])?;
    let mut json = Json::new(data, View::new(*from.choose(&encodings)?));
    for _ in 0..from.int_in_range(1..=8)? {
        let event = event(from)?;
        let mut out = Vec::new();
        json.write(&event, &mut out);
        check(&event, data, &out);
    }
    Ok(())
}

fn check(event: &Event, wanted: JsonData, out: &[u8]) {
    let text = std::str::from_utf8(out).expect("JSON is UTF-8");
    let lines: Vec<&str> = text.strip_suffix('\n').expect("a line ends").split('\n').collect();
    let mut hex = String::new();
    for line in lines {
        assert_harmless(line);
        let object: Value = serde_json::from_str(line).expect("valid JSON");
        assert!(object["time"].is_string() && object["event"].is_string(), "{line}");
        hex.push_str(object["hex"].as_str().unwrap_or_default());
    }
    if let EventKind::Received(data) | EventKind::Sent(data) = &event.kind
        && matches!(wanted, JsonData::Both | JsonData::Hex)
    {
        assert_eq!(raccord_core::notation::hex::parse(&hex).as_deref(), Ok(&data.bytes[..]));
    }
}

fn event(from: &mut Unstructured) -> Result<Event> {
    let conn = from.arbitrary::<Option<u8>>()?.map(|conn| ConnId(conn.into()));
    Ok(Event { time: Time(from.arbitrary()?), conn, kind: kind(from)? })
}

fn kind(from: &mut Unstructured) -> Result<EventKind> {
    Ok(match from.int_in_range(0..=11)? {
        0 => EventKind::Received(data(from)?),
        1 => EventKind::Sent(data(from)?),
        2 => EventKind::Opened { local: address(from)?, peer: address(from)?, tls: secured(from)? },
        3 => EventKind::Listening {
            local: address(from)?,
            backlog: from.arbitrary()?,
            reuse_address: from.arbitrary()?,
            tls: None,
        },
        10 => EventKind::Denied { local: address(from)?, peer: address(from)? },
        4 => EventKind::Shutdown { dir: dir(from)? },
        5 => EventKind::Closed(closed(from)?),
        6 => EventKind::Failed(failure(from)?),
        7 => EventKind::Missed { events: from.arbitrary()?, bytes: from.arbitrary()? },
        8 => EventKind::Step(Box::new(step(from)?)),
        9 => EventKind::Warning(from.arbitrary()?),
        _ => EventKind::Printed(from.arbitrary::<Vec<u8>>()?.into()),
    })
}

fn step(from: &mut Unstructured) -> Result<Step> {
    let calls = [
        Call::LookUp { name: from.arbitrary()? },
        Call::Connect { to: address(from)? },
        Call::Receive { most: from.arbitrary()? },
        Call::Close,
    ];
    let errno = Errno { name: None, kind: ErrorKind::Other, said: from.arbitrary()? };
    Ok(Step {
        end: *from.choose(&[End::Client, End::Server])?,
        call: from.choose(&calls)?.clone(),
        socket: from.arbitrary()?,
        outcome: from.choose(&[Outcome::Done(0), Outcome::Failed(errno)])?.clone(),
        took: from.arbitrary()?,
        states: None,
    })
}

fn data(from: &mut Unstructured) -> Result<Data> {
    let mut bytes: Vec<u8> = from.arbitrary()?;
    if from.ratio(1, 16)? {
        // longer than what one object carries
        bytes = bytes.repeat(70_000 / bytes.len().max(1));
    }
    let payload = 0..from.int_in_range(0..=bytes.len())?;
    let cut = *from.choose(&[None, Some(Cut::Lf), Some(Cut::Unterminated)])?;
    let framed = from.ratio(1, 2)?.then_some(Framed { payload, cut });
    Ok(Data { dir: dir(from)?, offset: from.arbitrary()?, bytes: bytes.into(), framed })
}

fn dir(from: &mut Unstructured) -> Result<Dir> {
    from.choose(&[Dir::Up, Dir::Down]).copied()
}

fn address(from: &mut Unstructured) -> Result<Address> {
    Ok(match from.int_in_range(0..=3)? {
        0 => UnixAddress::Path(from.arbitrary::<Vec<u8>>()?.into()).into(),
        1 => UnixAddress::Abstract(from.arbitrary::<Vec<u8>>()?.into()).into(),
        2 => UnixAddress::Pid(from.arbitrary()?).into(),
        _ => from.arbitrary::<SocketAddr>()?.into(),
    })
}

fn closed(from: &mut Unstructured) -> Result<Closed> {
    let reasons = [Reason::Done, Reason::Peer, Reason::Reset, Reason::BrokenPipe, Reason::Error];
    Ok(Closed {
        reason: *from.choose(&reasons)?,
        bytes_in: from.arbitrary()?,
        bytes_out: from.arbitrary()?,
        duration: from.arbitrary::<Duration>()?,
        detail: from.arbitrary()?,
        remedies: from.arbitrary()?,
    })
}

fn secured(from: &mut Unstructured) -> Result<Option<Box<Secured>>> {
    let secured = Secured {
        version: "TLS 1.3",
        cipher: from.arbitrary()?,
        alpn: from.arbitrary()?,
        server_name: from.arbitrary()?,
        certificates: Vec::new(),
    };
    Ok(from.arbitrary::<bool>()?.then(|| Box::new(secured)))
}

fn failure(from: &mut Unstructured) -> Result<Failure> {
    let failure = Failure::new(from.arbitrary::<String>()?, from.arbitrary::<String>()?);
    Ok(failure.remedy(from.arbitrary::<String>()?))
}
