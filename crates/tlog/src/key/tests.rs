//! Keys in their texts, and the published vectors of SM2 and SM3.

use super::*;
use crate::shared::shared_data;
use expect_test::expect;
use serde_json::Value;
use sm2::dsa;

const NAME: &str = "log.example/xingjian";

#[test]
fn keys_are_written_as_in_the_text() {
    let keys = [Signer::ed25519(NAME, &[1; 32]).unwrap(), Signer::sm2(NAME, &[2; 32]).unwrap()];
    let cosigner = Cosigner::new("witness.example/w1", &[1; 32]).unwrap();
    let mut texts = Vec::new();
    for signer in &keys {
        texts.extend([signer.verifier().to_string(), signer.secret_text()]);
        let again: Signer = signer.secret_text().parse().unwrap();
        assert_eq!(again.verifier(), signer.verifier());
        assert_eq!(signer.secret_text().parse::<Cosigner>().unwrap_err(), KeyError::Use);
    }
    texts.extend([cosigner.verifier().to_string(), cosigner.secret_text()]);
    assert_eq!(cosigner.secret_text().parse::<Cosigner>().unwrap().verifier(), cosigner.verifier());
    assert_eq!(cosigner.secret_text().parse::<Signer>().unwrap_err(), KeyError::Use);
    expect![[r#"
        log.example/xingjian+d0c50331+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c
        PRIVATE+KEY+log.example/xingjian+d0c50331+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB
        log.example/xingjian+a8b7437f+/3hpbmdqaWFuL3NtMi1zbTMvdjEE97TyIcYsRfsXP7pyzxcX5Vk16WRxLmBPknEmrU0A9r6tI/Lf775TjYEf/lFcBPAw9AWKtd3Sjz0fVfaZPoHqVw==
        PRIVATE+KEY+log.example/xingjian+a8b7437f+/3hpbmdqaWFuL3NtMi1zbTMvdjECAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg==
        witness.example/w1+0ad7d35e+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c
        PRIVATE+KEY+witness.example/w1+0ad7d35e+BAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"#]].assert_eq(&texts.join("\n"));

    for key in [keys[0].verifier(), keys[1].verifier(), cosigner.verifier()] {
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
    }
    assert!(keys[0].verifier().same_public_key(cosigner.verifier()), "the same secret under another type");
    assert_ne!(keys[0].verifier().id(), cosigner.verifier().id());
}

#[test]
fn secrets_are_not_in_debug_texts() {
    let signer = Signer::ed25519(NAME, &[1; 32]).unwrap();
    assert!(!format!("{signer:?}").contains(&text::to_base64(&[1; 32])[..20]));
    let cosigner = Cosigner::new(NAME, &[1; 32]).unwrap();
    assert!(!format!("{cosigner:?}").contains(&text::to_base64(&[1; 32])[..20]));
}

#[test]
fn wrong_keys_are_refused_with_their_reason() {
    let key = Signer::ed25519(NAME, &[1; 32]).unwrap().verifier().to_string();
    let (start, material) = key.rsplit_once('+').unwrap();
    let encoded = text::from_base64(material).unwrap();
    let with = |encoded: &[u8]| format!("{start}+{}", text::to_base64(encoded));
    let other_type = |byte: u8| with(&[&[byte], &encoded[1..]].concat());
    let cases = [
        (String::new(), KeyError::Form),
        (start.to_owned(), KeyError::Form),
        (format!("{key}="), KeyError::Form),
        (key.replacen("xingjian+", "xingjian+0", 1), KeyError::Form),
        (key.to_uppercase(), KeyError::Form),
        (key.replacen(NAME, "", 1), KeyError::Name),
        (key.replacen(NAME, "log　example", 1), KeyError::Name),
        (key.replacen(NAME, "log.example", 1), KeyError::Id),
        (other_type(4), KeyError::Id),
        (other_type(2), KeyError::Algorithm),
        (other_type(255), KeyError::Algorithm),
        (with(&[]), KeyError::Algorithm),
        (with(&encoded[..32]), KeyError::Material),
        (with(&[encoded.as_slice(), &[0]].concat()), KeyError::Material),
        (with(&[&[255], SM2_IDENTIFIER, &[4; 65]].concat()), KeyError::Material),
        (with(&[&[255], SM2_IDENTIFIER, &[0]].concat()), KeyError::Material),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<VerifierKey>(), Err(error), "{text}");
    }
    assert_eq!(key.parse::<Signer>().unwrap_err(), KeyError::Form, "no secret");
    for seed in [[0; 32], [255; 32]] {
        assert_eq!(Signer::sm2(NAME, &seed).unwrap_err(), KeyError::Material);
    }
    let mut order_less_one = hex::decode("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122").unwrap();
    let seed = |bytes: &[u8]| bytes.try_into().unwrap();
    assert_eq!(Signer::sm2(NAME, &seed(&order_less_one)).unwrap_err(), KeyError::Material);
    order_less_one[31] -= 1;
    assert!(Signer::sm2(NAME, &seed(&order_less_one)).is_ok());
}

/// The vectors of one algorithm.
fn vectors(algorithm: &str) -> Option<Vec<Value>> {
    let path = shared_data()?.join("sets/sm_vectors/vectors.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    Some(file[algorithm].as_array().unwrap().clone())
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

#[test]
fn sm3_is_that_of_the_standard() {
    use sm3::{Digest, Sm3};
    let Some(cases) = vectors("sm3") else { return };
    assert_eq!(cases.len(), 5);
    for case in cases {
        assert_eq!(Sm3::digest(case["msg_ascii"].as_str().unwrap())[..], bytes(&case["digest"]));
    }
}

#[test]
fn sm2_is_that_of_the_standard() {
    let Some(cases) = vectors("sm2") else { return };
    let signatures: Vec<Value> = cases.into_iter().filter(|case| case.get("r").is_some()).collect();
    assert_eq!(signatures.len(), 2);
    let signature = |case: &Value| [bytes(&case["r"]), bytes(&case["s"])].concat();

    // With the identity that signed notes use.
    let standard = &signatures[0];
    assert_eq!(standard["user_id"], algorithm::SM2_IDENTITY);
    let signer = Signer::sm2(NAME, &bytes(&standard["private_key"]).try_into().unwrap()).unwrap();
    let point = [vec![4], bytes(&standard["public_key_x"]), bytes(&standard["public_key_y"])].concat();
    let key: VerifierKey = signer.verifier().to_string().parse().unwrap();
    assert_eq!(key.public.material(), point);
    let message = standard["message_ascii"].as_str().unwrap();
    let mut rs = signature(standard);
    assert_eq!(key.verify(message, &rs), Some(Signed::Note));
    assert_eq!(key.verify("message digesu", &rs), None);
    for bit in 0..8 * rs.len() {
        rs[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.verify(message, &rs), None, "bit {bit}");
        rs[bit / 8] ^= 1 << (bit % 8);
    }
    assert_eq!(key.verify(message, &rs[..63]), None);

    // With another identity: sound for whoever agreed on it, not for us.
    let other = &signatures[1];
    let (identity, message) = (other["user_id"].as_str().unwrap(), other["message_ascii"].as_str().unwrap());
    let agreed = dsa::VerifyingKey::from_sec1_bytes(identity, &bytes(&other["public_key_sec1"])).unwrap();
    let check = |key| Public::Sm2(Box::new(key)).verify(message, &signature(other));
    assert_eq!(check(agreed), Some(Signed::Note));
    let ours = dsa::VerifyingKey::from_sec1_bytes(algorithm::SM2_IDENTITY, &bytes(&other["public_key_sec1"])).unwrap();
    assert_eq!(check(ours), None);
}
