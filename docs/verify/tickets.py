"""Computes sizes, tickets and winners of a draw again with the PyPI sampler and nothing else of ours.

    pip install consistent_sampler
    python3 tickets.py BUNDLE

Prints ticket, object and stratum of each drawn object, or the first row that does not agree. Commitments, seed, officers
and log are for `xingjian draw verify` and the page /public/check.
"""
import json, sys
from consistent_sampler import sampler


def tickets(text, ids):
    """Ticket and id, smallest ticket first; 80 digits are all that there are."""
    drawn = sampler(ids, seed=text, with_replacement=False, output="tuple", take=len(ids), digits=80)
    return [(ticket, name) for ticket, name, _ in drawn]


def winners(file):
    freeze, nonce = file["freeze"], file.get("nonce")
    seed = file["seeding"]["public"] + (f"|nonce:{nonce}" if nonce else "")
    text = lambda use: f"{use}|{freeze['draw']}|{seed}"
    drawn = []
    for stratum in freeze["rules"]["strata"]:
        grade, risk = stratum["grade"], stratum["risk"]
        ids = [one["id"] for one in file["bases"]["objects"] if (one["grade"], one["risk"]) == (grade, risk)]
        whole, rest = divmod(len(ids) * stratum["rate"], 1_000_000)
        [(size_ticket, _)] = tickets(text("size"), [f"{grade}/{risk}"])
        size = max(whole + (int(size_ticket[2:8]) < rest), min(stratum["at_least"], len(ids)))
        drawn += [(ticket, name, f"{grade}/{risk}") for ticket, name in tickets(text("object"), ids)[:size]]
    return sorted(drawn)


if __name__ == "__main__":
    bundle = json.load(open(sys.argv[1], encoding="utf-8"))
    file = bundle.get("file") or sys.exit("the list is not released: there is no file in the bundle yet")
    computed = winners(file)
    published = [(row["ticket"], row["object"], row["stratum"]) for row in file["drawn"]]
    for at, row in enumerate(computed):
        print(*row)
        if at >= len(published) or row != published[at]:
            sys.exit(f"row {at + 1}: published {published[at] if at < len(published) else 'nothing'}, computed {row}")
    if len(published) > len(computed):
        sys.exit(f"row {len(computed) + 1}: published {published[len(computed)]}, computed nothing")
