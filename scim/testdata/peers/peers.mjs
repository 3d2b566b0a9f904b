// Answers lines of JSON on standard input with what other implementations make
// of the same case, one line each.
//
//   {"filter": "…", "user": {…}}   →  {"scimmy": true, "scim2-parse-filter": true}
//   {"operations": […], "user": {…}} → {"scimmy": {…}, "scim-patch": {…}}
//
// A failure is the string "error".
import readline from "node:readline";
import SCIMMY from "scimmy";
import { parse, filter as compile } from "scim2-parse-filter";
import { scimPatch } from "scim-patch";

const attempt = async (run) => {
	try {
		return await run();
	} catch {
		return "error";
	}
};

const patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

async function scimmyPatch(user, operations) {
	const resource = new SCIMMY.Schemas.User(structuredClone(user), "in");
	const message = new SCIMMY.Messages.PatchOp({ schemas: [patchSchema], Operations: operations });
	const changed = await message.apply(resource);
	return JSON.parse(JSON.stringify(changed ?? resource));
}

async function answer({ filter, operations, user }) {
	if (filter !== undefined) return {
		"scimmy": await attempt(() => new SCIMMY.Types.Filter(filter).match([user]).length > 0),
		"scim2-parse-filter": await attempt(() => compile(parse(filter))(user)),
	};
	return {
		"scimmy": await attempt(() => scimmyPatch(user, structuredClone(operations))),
		"scim-patch": await attempt(() => scimPatch(structuredClone(user), structuredClone(operations))),
	};
}

for await (const line of readline.createInterface({ input: process.stdin })) {
	console.log(JSON.stringify(await answer(JSON.parse(line))));
}
