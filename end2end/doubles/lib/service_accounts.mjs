/** Service accounts with domain-wide delegation: the assertions of the JWT bearer grant (RFC 7523), held to Google's rules. */
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { ControlError } from './http.mjs';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const READONLY = 'https://www.googleapis.com/auth/gmail.readonly';
/** What Google grants to clocks that differ, and the longest life of an assertion, in seconds. */
const SKEW = 300;
const LONGEST = 3600;

/** An assertion that Google would refuse, in Google's words. */
export class Refused extends Error {
  constructor(status, error, description) {
    super(description);
    this.status = status;
    this.body = { error, error_description: description };
  }
}

function badGrant(description) {
  return new Refused(400, 'invalid_grant', description);
}

function part(text) {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (value !== null && typeof value === 'object') return value;
  } catch {
    // Said below: what cannot be read is no JWT.
  }
  throw badGrant('Bad Request');
}

export class ServiceAccounts {
  #audience;
  #accounts = new Map(); // client_email → {publicKey, keyId, scopes}

  constructor(audience) {
    this.#audience = audience;
  }

  /** A service account: with a key of its own, returned as Google's JSON file, or with the public key of somebody else's. */
  create({ client_email: email = 'replybook@project.iam.gserviceaccount.example', scopes = [READONLY], public_key: pem }) {
    const keyId = randomBytes(20).toString('hex');
    if (pem !== undefined) {
      try {
        this.#accounts.set(email, { publicKey: createPublicKey(pem), keyId: null, scopes });
      } catch {
        throw new ControlError('public_key is not a key in PEM');
      }
      return { key_file: null };
    }
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#accounts.set(email, { publicKey, keyId, scopes });
    return {
      key_file: {
        type: 'service_account',
        project_id: 'project',
        private_key_id: keyId,
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        client_email: email,
        client_id: '112233445566778899000',
        token_uri: this.#audience,
      },
    };
  }

  /** What the Workspace's administrator lets the account do from now on; an empty list takes the delegation away. */
  delegate({ client_email: email, scopes }) {
    const account = this.#accounts.get(email);
    if (!account) throw new ControlError(`no service account ${email}`, 404);
    if (!Array.isArray(scopes)) throw new ControlError('scopes is a list');
    account.scopes = scopes;
  }

  /** Whom the assertion speaks for and what it asks for; {@link Refused} for all that Google refuses. */
  verified(assertion) {
    const parts = assertion.split('.');
    if (parts.length !== 3) throw badGrant('Bad Request');
    const [header, claims] = parts.slice(0, 2).map(part);
    const account = this.#accounts.get(claims.iss);
    if (!account) throw badGrant('Invalid grant: account not found');
    const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
    const isOurs = header.alg === 'RS256' && (account.keyId === null || header.kid === undefined || header.kid === account.keyId);
    if (!isOurs || !verify('RSA-SHA256', signed, account.publicKey, Buffer.from(parts[2], 'base64url'))) {
      throw badGrant('Invalid JWT Signature.');
    }
    if (claims.aud !== this.#audience) throw badGrant('Invalid JWT: Failed audience check.');
    const now = Date.now() / 1000;
    const { iat, exp } = claims;
    const isTimely = Number.isInteger(iat) && Number.isInteger(exp) && iat < exp && exp - iat <= LONGEST && iat <= now + SKEW && exp >= now - SKEW;
    if (!isTimely) {
      throw badGrant('Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.');
    }
    const scopes = String(claims.scope ?? '').split(' ').filter(Boolean);
    if (scopes.length === 0) throw new Refused(400, 'invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
    if (account.scopes.length === 0 || !claims.sub) {
      throw new Refused(401, 'unauthorized_client',
        'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.');
    }
    if (!scopes.every((scope) => account.scopes.includes(scope))) throw new Refused(403, 'access_denied', 'Requested client not authorized.');
    return { email: claims.sub, scopes };
  }
}
