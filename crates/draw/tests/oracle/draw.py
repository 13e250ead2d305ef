"""Computes a draw again from its public file, with nothing but Python's standard library (docs/draw.md).

    python3 draw.py FILE

Prints the drawn objects, or the first thing that does not agree. Checks lists, seed, sizes, tickets and winners; teams.py
does the officers. Signatures of drand are not checked here: its randomness is taken as the hash of the signature.
"""
import hashlib, json, sys, unicodedata


def sha(data):
    return hashlib.sha256(data).hexdigest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def commit(domain, salt, data):
    return sha(domain.encode() + b"\0" + bytes.fromhex(salt) + data)


def ticket(text, name):
    number = int(sha((sha(text.encode()) + name).encode()), 16)
    return "0." + f"{number:064d}"[::-1]


def check(what, published, computed):
    if published != computed:
        sys.exit(f"{what}: published {published}, computed {computed}")


def public_seed(freeze, said):
    def agreed(name):
        first, second = said[name]
        check(name, first["value"], second["value"])
        assert first["department"] != second["department"] and first["person"] != second["person"], name
        return first["value"]

    parts, plan = [], freeze["sources"]
    if "ceremony" in plan:
        parts.append("ceremony:" + agreed("ceremony"))
    if "lottery" in plan:
        words = "".join(c if c.isdigit() else " " for c in agreed("lottery")).split()
        parts.append("lottery:" + ",".join(words))
    if "drand" in plan:
        parts.append("drand:" + sha(bytes.fromhex(agreed("drand")["signature"])))
    for of, commitment in sorted(plan.get("reveals", {}).get("commitments", {}).items()):
        shown = said["reveals"][of]
        about = canonical({"draw": freeze["draw"], "department": of, "value": shown["value"]})
        check("reveal of " + of, commitment, commit("xingjian/draw/reveal/v1", shown["salt"], about))
        parts.append(f"reveal:{of}={shown['value']}")
    return "|".join(parts)


def whole_seed(file):
    freeze = file["freeze"]
    for name, published in freeze["bases"].items():
        rows = b"".join(canonical(row) + b"\n" for row in file["bases"][name])
        check(name, published, commit(f"xingjian/draw/{name}/v1", file["salt"], rows))
    seed = public_seed(freeze, file["seeding"]["said"])
    check("public seed", file["seeding"]["public"], seed)
    if "sealed" in freeze:
        computed = commit("xingjian/draw/nonce/v1", file["nonce"], canonical(freeze["draw"]))
        check("nonce", freeze["sealed"]["nonce"], computed)
        seed += "|nonce:" + file["nonce"]
    return seed


def winners(file, seed):
    freeze, drawn = file["freeze"], []
    text = lambda tag: f"{tag}|{freeze['draw']}|{seed}"
    for stratum in freeze["rules"]["strata"]:
        name = f"{stratum['grade']}/{stratum['risk']}"
        ids = [o["id"] for o in file["bases"]["objects"] if (o["grade"], o["risk"]) == (stratum["grade"], stratum["risk"])]
        whole, rest = divmod(len(ids) * stratum["rate"], 1_000_000)
        size = whole + (int(ticket(text("size"), name)[2:8]) < rest)
        size = max(size, min(stratum["at_least"], len(ids)))
        tickets = sorted((ticket(text("object"), unicodedata.normalize("NFC", one)), one, name) for one in ids)
        drawn += tickets[:size]
    return sorted(drawn)


if __name__ == "__main__":
    file = json.load(open(sys.argv[1], encoding="utf-8"))
    rows = [[row["ticket"], row["object"], row["stratum"]] for row in file["drawn"]]
    computed = [list(row) for row in winners(file, whole_seed(file))]
    for at in range(max(len(rows), len(computed))):
        check(f"row {at + 1}", rows[at] if at < len(rows) else None, computed[at] if at < len(computed) else None)
    for number, name, stratum in computed:
        print(number, name, stratum)
