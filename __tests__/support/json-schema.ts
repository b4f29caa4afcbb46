/** As much of JSON Schema (draft 2020-12) as docs/result.schema.json uses; any other keyword is an error. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minLength?: number
  readonly minimum?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly allOf?: readonly Schema[]
  readonly if?: Schema
  readonly then?: Schema
}

const notes = ['$schema', '$id', 'title', 'description']
const checked = [
  'type',
  'const',
  'enum',
  'pattern',
  'minLength',
  'minimum',
  'required',
  'properties',
  'items',
  'allOf',
  'if',
  'then'
]

/** What of a value breaks a schema, as `path: keyword`; empty for a valid one. Values of `const` and `enum` are scalars. */
export function violations(schema: Schema, value: unknown, path = '$'): string[] {
  const unknown = Object.keys(schema).find(keyword => ![...notes, ...checked].includes(keyword))
  if (unknown !== undefined) throw new Error(`${path}: the keyword ${unknown} is not known here.`)
  const types = schema.type === undefined ? undefined : [schema.type].flat()
  const rules: [keyword: string, isKept: boolean][] = [
    ['type', types === undefined || types.some(type => isOf(type, value))],
    ['const', !('const' in schema) || schema.const === value],
    ['enum', schema.enum === undefined || schema.enum.includes(value)],
    [
      'pattern',
      schema.pattern === undefined || typeof value !== 'string' || new RegExp(schema.pattern, 'u').test(value)
    ],
    ['minLength', schema.minLength === undefined || typeof value !== 'string' || value.length >= schema.minLength],
    ['minimum', schema.minimum === undefined || typeof value !== 'number' || value >= schema.minimum]
  ]
  return [
    ...rules.filter(([, isKept]) => !isKept).map(([keyword]) => `${path}: ${keyword}`),
    ...ofObject(schema, value, path),
    ...ofItems(schema, value, path),
    ...(schema.allOf ?? []).flatMap(part => violations(part, value, path)),
    ...(schema.if && schema.then && violations(schema.if, value, path).length === 0
      ? violations(schema.then, value, path)
      : [])
  ]
}

function ofItems({ items }: Schema, value: unknown, path: string): string[] {
  if (!items || !Array.isArray(value)) return []
  return value.flatMap((item, index) => violations(items, item, `${path}[${index}]`))
}

function ofObject(schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const missing = (schema.required ?? []).filter(name => !Object.hasOwn(value, name))
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => Object.hasOwn(value, name))
  return [
    ...missing.map(name => `${path}.${name}: required`),
    ...properties.flatMap(([name, part]) =>
      violations(part, (value as Readonly<Record<string, unknown>>)[name], `${path}.${name}`)
    )
  ]
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    default:
      return typeof value === type
  }
}
