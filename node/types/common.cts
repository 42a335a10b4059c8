// The same types through `require`.

import keybound = require('keybound')

export const refuse = (error: unknown): keybound.Code | undefined =>
  error instanceof keybound.Refusal ? error.code : undefined
