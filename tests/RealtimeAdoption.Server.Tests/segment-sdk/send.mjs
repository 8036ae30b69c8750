// Segment's own Node SDK, as a vendor's backend uses it, with nothing changed but its host.
//   node send.mjs URL WRITE_KEY ACCOUNT CONTACTS ACTIVITIES
// Sends the events, flushes, and prints the instant at which the SDK had its acknowledgement.
import { Analytics } from "@segment/analytics-node";

const [host, writeKey, account, contacts, activities] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, flushAt: 15, flushInterval: 200 });
const failures = [];
analytics.on("error", (error) => failures.push(error));

const context = { groupId: account };
for (let i = 0; i < Number(contacts); i++) analytics.track({ userId: `user-${i % 3}`, event: "Contact Created", properties: { product: "crm" }, context });
for (let i = 0; i < Number(activities); i++) analytics.track({ userId: `user-${i % 3}`, event: "Activity Logged", properties: { product: "crm", kind: "call" }, context });
await analytics.closeAndFlush({ timeout: 10_000 });

if (failures.length > 0) {
  console.error(failures);
  process.exit(1);
}
console.log(`acknowledged ${Date.now()}`);
