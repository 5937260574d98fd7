/** What is said about products, their warranties and who repairs them [W1, W4, W5]. */
import Type, { type TObject } from 'typebox';
import { CampaignForm, DatesForm, ExtensionForm, ModelForm, PolicyForm, Proof } from '../../api/warranty-fields.ts';
import { Region } from '../../api/fields.ts';
import { calendarSchema, levelSchema } from '../../machines/service-terms.ts';
import type { Verb } from './verb.ts';

const closed = { additionalProperties: false } as const;
const name = Type.String({ minLength: 1, maxLength: 60 });
const region = Type.Optional(Region('Where the owner has it'));
const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

const put = (path: string, takes: TObject, clause = 'W1'): Verb => ({
  by: ['manufacturer'],
  clause,
  method: 'PUT',
  path,
  takes,
});
const post = (path: string, takes: TObject): Verb => ({ ...put(path, takes), method: 'POST' });

export const warrantyVerbs: { readonly [phrase: string]: Verb } = {
  'describes a model': put('models/{id}', Type.Object({ id: name, ...ModelForm.properties }, closed)),
  'publishes a policy': put('policies/{id}', Type.Object({ id: name, ...PolicyForm.properties }, closed)),
  'opens a campaign': put('campaigns/{id}', Type.Object({ id: name, ...CampaignForm.properties }, closed)),
  'sets a service level': put(
    'service-levels/{name}',
    Type.Object({ name, ...levelSchema.properties, calendar: calendarSchema, policy: Type.Optional(name) }, closed),
    'W5',
  ),
  'enters a unit': put(
    'units/{serial}',
    Type.Object({ serial: name, model: name, batch: Type.Optional(name), dates: Type.Optional(DatesForm) }, closed),
  ),
  'sells a unit': post(
    'units/{serial}/owners',
    Type.Object({ serial: name, on: day, customer: Type.Optional(name), region, proof: Type.Optional(Proof) }, closed),
  ),
  'extends the warranty': post(
    'units/{serial}/extensions',
    Type.Object({ serial: name, ...ExtensionForm.properties }, closed),
  ),
  'authorises a center': put('authorised-centers/{center}', Type.Object({ center: name }, closed), 'W4'),
  'withdraws the authorisation': {
    ...post('authorised-centers/{center}/withdrawal', Type.Object({ center: name }, closed)),
    clause: 'W4',
  },
  'says what it repairs': {
    ...put(
      'service-center',
      Type.Object(
        {
          region: Region('Where it is'),
          capacity: Type.Integer({ minimum: 0 }),
          models: Type.Array(Type.Object({ manufacturer: name, model: name }, closed)),
        },
        closed,
      ),
      'W4',
    ),
    by: ['serviceCenter'],
  },
  'registers a purchase': {
    ...post(
      'registrations',
      Type.Object({ manufacturer: Type.Optional(name), serial: name, on: day, region, proof: Proof }, closed),
    ),
    by: ['customer'],
  },
  'uploads evidence': {
    ...post(
      'evidence',
      Type.Object({ photo: Type.String({ description: 'What is on it: other words, another file' }) }, closed),
    ),
    by: ['customer', 'manufacturer', 'serviceCenter'],
    clause: 'W1 W2',
    makes: 'evidence',
    special: 'upload',
  },
};
