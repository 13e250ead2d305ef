import base64, hashlib, hmac, json, os, time, urllib.request, uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

HOST, KEY, PORT = os.environ["HOST"], os.environ["KEY"], int(os.environ["PORT"])

def call(method, path, body=None):
    headers = {"Authorization": "Bearer " + KEY, "Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(HOST + "/api/v1" + path, data, headers, method=method)) as answer:
        return json.load(answer)

complaint = {"about": "演示门诊部", "channel": "transfer", "text": "收费与公示不一致，请依法核实。"}
print("receipt", call("POST", "/complaints", complaint)["receipt"], flush=True)

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body, sent = self.rfile.read(int(self.headers["Content-Length"])), self.headers["webhook-timestamp"]
        signed = f"{self.headers['webhook-id']}.{sent}.".encode() + body
        mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
        own = "v1," + base64.b64encode(mac).decode()
        good = any(hmac.compare_digest(own, each) for each in self.headers["webhook-signature"].split())
        good = good and abs(time.time() - int(sent)) < 300
        told = json.loads(body) if good else {"type": ""}
        if told["type"] == "linkage.pushed":
            states.append(call("POST", f"/linkages/{told['data']['id']}/acknowledge")["state"])
        self.send_response(204 if good else 401)
        self.end_headers()

server = HTTPServer(("127.0.0.1", PORT), Receiver)
webhook = {"url": f"http://127.0.0.1:{PORT}/hook", "events": ["linkage.pushed"]}
secret = call("POST", "/webhooks", webhook)["secret"]
print("ready", flush=True)
states = []
while not states:
    server.handle_request()
print("state", states[0])
