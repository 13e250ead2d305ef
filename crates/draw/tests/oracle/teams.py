"""Forms the teams of a draw again from its public file (docs/draw.md, Teams), beside draw.py.

    python3 teams.py FILE
"""
import json, sys
from collections import deque
from draw import check, ticket, whole_seed

END, POOL = ("end",), ("pool",)


class Teams:
    def __init__(self, file, seed):
        freeze, bases = file["freeze"], file["bases"]
        self.rules = freeze["rules"]
        text = lambda tag: f"{tag}|{freeze['draw']}|{seed}"
        self.officers = sorted(bases["officers"], key=lambda one: ticket(text("officer"), one["pseudonym"]))
        objects = {one["id"]: one for one in bases["objects"]}
        kept = {(one["officer"], one["object"]) for one in bases["exceptions"]}
        self.seats, self.fit, self.number, self.choice = [], [], [], []
        for row in file["drawn"]:
            one = objects[row["object"]]
            for at, seat in enumerate(self.rules["seats"][one["kind"]]):
                self.seats.append(row["object"])
                self.fit.append([r for r, o in enumerate(self.officers) if self.may(o, seat, one, kept)])
                self.choice.append(sum(1 for o in self.officers if self.may(o, seat, one, ())))
                self.number.append(int(ticket(text("seat"), f"{row['object']}#{at + 1}")[2:21]))
        self.held = [None] * len(self.seats)
        share = len(self.seats) * self.rules["first_line"]
        self.second_limit = len(self.seats) - -(-share // 1_000_000)
        self.most = self.rules.get("most", 10**9)

    def may(self, officer, seat, one, kept):
        return (
            officer["department"] == seat["department"]
            and officer["certified"]
            and officer["available"]
            and ("specialty" not in seat or seat["specialty"] in officer["specialties"])
            and not (self.rules["crossing"] and officer["unit"] == one["unit"])
            and (officer["pseudonym"], one["id"]) not in kept
        )

    def load(self, officer):
        return self.held.count(officer)

    def first_line(self, officer):
        return self.officers[officer]["first_line"]

    def second(self):
        return sum(1 for officer in self.held if officer is not None and not self.first_line(officer))

    def beside(self, seat):
        return [s for s, of in enumerate(self.seats) if of == self.seats[seat] and s != seat]

    def ways(self, node, start, low, high):
        every = range(len(self.officers))
        if node[0] == "seat":
            seat = node[1]
            team = [s for s in self.beside(seat) if self.held[s] is not None]
            yield from (("seat", s) for s in team if self.held[s] in self.fit[seat])
            sitting = {self.held[s] for s in team} | {self.held[seat]}
            yield from (("officer", o) for o in self.fit[seat] if o not in sitting)
        elif node[0] == "officer":
            if node != start and self.load(node[1]) < high:
                yield END if self.first_line(node[1]) else POOL
            yield from (("seat", s) for s, o in enumerate(self.held) if o == node[1])
        elif node == POOL:
            if self.second() < self.second_limit:
                yield END
            yield from (("officer", o) for o in every if not self.first_line(o) and self.load(o) > low)
        else:
            if self.second() > 0:
                yield POOL
            yield from (("officer", o) for o in every if self.first_line(o) and self.load(o) > low)

    def search(self, start, goal, low, high):
        came, queue = {start: start}, deque([start])
        self.came = came
        while queue:
            node = queue.popleft()
            for way in self.ways(node, start, low, high):
                if way not in came:
                    came[way] = node
                    queue.append(way)
                    if way == goal:
                        self.change(came, start, goal)
                        return True
        return False

    def change(self, came, start, node):
        given = {}
        while node != start:
            before = came[node]
            if before[0] == "seat":
                given[before[1]] = node[1] if node[0] == "officer" else self.held[node[1]]
            node = before
        for seat, officer in given.items():
            self.held[seat] = officer

    def fill(self, seat):
        full, team = self.second() >= self.second_limit, {self.held[s] for s in self.beside(seat)}
        free = [o for o in self.fit[seat] if self.load(o) < self.most and o not in team]
        free = [o for o in free if self.first_line(o) or not full]
        least = [o for o in free if self.load(o) == min(map(self.load, free))]
        if least:
            self.held[seat] = least[len(least) * self.number[seat] // 10**19]
        elif not self.search(("seat", seat), END, 0, self.most):
            sys.exit(f"seat {seat} of {self.seats[seat]} cannot be filled")

    def end_of(self, officer):
        return END if self.first_line(officer) else POOL

    def lower(self):
        while True:
            most = max(map(self.load, range(len(self.officers))))
            for o in range(len(self.officers)):
                if self.load(o) == most and (not most or not self.search(("officer", o), self.end_of(o), 0, most - 1)):
                    return most

    def raise_fewest(self, involved, high):
        while True:
            fewest = min(map(self.load, involved))
            for o in involved:
                if self.load(o) == fewest and not self.search(self.end_of(o), ("officer", o), fewest + 1, high):
                    return self.came

    def balance(self):
        involved = sorted({o for fit in self.fit for o in fit})
        high, best = self.lower(), None
        while high <= self.most and (best is None or high - len(self.seats) // len(involved) < best[0]):
            stuck = self.raise_fewest(involved, high)
            loads = [self.load(o) for o in involved]
            if best is None or max(loads) - min(loads) < best[0]:
                best = (max(loads) - min(loads), list(self.held))
            full = [way[1] for way in stuck if way[0] == "officer" and self.load(way[1]) >= high]
            if all(self.end_of(o) in stuck for o in full):
                break
            high += 1
        self.held = best[1]


if __name__ == "__main__":
    file = json.load(open(sys.argv[1], encoding="utf-8"))
    teams = Teams(file, whole_seed(file))
    for seat in sorted(range(len(teams.seats)), key=lambda s: teams.choice[s]):
        teams.fill(seat)
    if teams.seats:
        teams.balance()
    computed = [(of, teams.officers[officer]["pseudonym"]) for of, officer in zip(teams.seats, teams.held)]
    published = [(row["object"], officer) for row in file["drawn"] for officer in row["officers"]]
    for at, (one, other) in enumerate(zip(published, computed)):
        check(f"seat {at + 1}", one, other)
    check("seats", len(published), len(computed))
    print(len(computed), "seats")
