/** Google for tests: see README.md in this folder. */
import { startDouble } from './lib/double.mjs';
import { errorBody, gmailAnswer, refusal, statusOf } from './lib/gmail.mjs';
import { answer } from './lib/http.mjs';
import { announce } from './lib/lifecycle.mjs';
import { CLIENT, Mailbox } from './lib/mailbox.mjs';
import { Grants } from './lib/oauth.mjs';
import { Meter, unitsOf } from './lib/quota.mjs';
import { ServiceAccounts } from './lib/service_accounts.mjs';

function googleService(origin) {
  let mailbox = new Mailbox(origin);
  let serviceAccounts = new ServiceAccounts(`${origin}/oauth2/token`);
  let grants = new Grants(mailbox, serviceAccounts);
  let meter = new Meter();

  /** Everything else is the emulator's to answer. */
  async function fromEmulator(request) {
    const headers = {};
    for (const name of ['authorization', 'content-type']) if (request.headers[name]) headers[name] = request.headers[name];
    const response = await mailbox.fetch(request.method, request.path + (request.search ? `?${request.search}` : ''), { headers, body: request.body });
    const type = response.headers.get('content-type');
    return answer(response.status, Buffer.from(await response.arrayBuffer()), type ? { 'content-type': type } : {});
  }

  return {
    statusOf,
    errorBody,
    logsForm: (path) => path === '/oauth2/token' || path === '/oauth2/revoke',
    reset() {
      mailbox = new Mailbox(origin);
      serviceAccounts = new ServiceAccounts(`${origin}/oauth2/token`);
      grants = new Grants(mailbox, serviceAccounts);
      meter = new Meter();
    },
    identify: (request) => ({
      account: grants.grantOf(request)?.email ?? null,
      units: unitsOf(request.method, request.path),
    }),
    admit(account, units) {
      const refused = meter.charge(account, units);
      if (!refused) return null;
      const headers = refused.retryAfterSeconds === null ? {} : { 'retry-after': String(refused.retryAfterSeconds) };
      return refusal(refused.status, 'rateLimitExceeded', headers);
    },
    async answer(request) {
      const grant = grants.grantOf(request);
      if (request.path.startsWith('/gmail/v1/')) {
        return grant ? gmailAnswer(mailbox, request, grant) : refusal(401, 'authError');
      }
      return (await grants.answer(request)) ?? fromEmulator(request);
    },
    control: {
      'POST /seed': ({ body }) => mailbox.seed(body),
      'GET /accounts': () => ({
        accounts: mailbox.emails().map((email) => {
          const { messages, historyId } = mailbox.list(email);
          return { email, name: mailbox.user(email).name, messages: messages.length, historyId };
        }),
      }),
      'GET /messages': ({ query }) => mailbox.list(query.get('account')),
      'POST /messages/delete': async ({ body }) => ({ historyId: await mailbox.remove(body.account, body.ids) }),
      'POST /messages/labels': async ({ body }) => ({ historyId: await mailbox.relabel(body.account, body.ids, body.add, body.remove) }),
      'POST /history/expire': async ({ body }) => ({ historyId: await mailbox.expireHistory(body.account) }),
      'POST /consent': async ({ body }) => ({ redirect: await grants.consent(body) }),
      'POST /consent/policy': ({ body }) => grants.setPolicy(body),
      'POST /client': ({ body }) => (grants.setClient(body.redirect_uris), {}),
      'POST /tokens': ({ body }) => grants.mint(body),
      'POST /tokens/lifetime': ({ body }) => (grants.setLifetime(body.expires_in), {}),
      'POST /tokens/expire': ({ body }) => ({ expired: grants.expireAccess(body.account) }),
      'POST /tokens/revoke': async ({ body }) => ({ revoked: await grants.revoke(body.account) }),
      'GET /tokens': ({ query }) => grants.count(query.get('account')),
      'POST /service-account': ({ body }) => serviceAccounts.create(body),
      'POST /service-account/delegation': ({ body }) => (serviceAccounts.delegate(body), {}),
      'POST /quota': ({ body }) => (meter.configure(body), {}),
      'GET /quota': ({ query }) => meter.report(query.get('account')),
    },
  };
}

const { origin, controlUrl } = await startDouble(googleService);
announce({
  base_url: origin,
  control_url: controlUrl,
  ...CLIENT,
  auth_url: `${origin}/o/oauth2/v2/auth`,
  token_url: `${origin}/oauth2/token`,
  revoke_url: `${origin}/oauth2/revoke`,
  userinfo_url: `${origin}/oauth2/v2/userinfo`,
  gmail_api_base_url: origin,
});
