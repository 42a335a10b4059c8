/** The accounts-payable tools. They trust their caller: nothing reaches them that was not permitted. */

const invoices = new Map([
  ['INV-1041', { vendor: 'Northwind Paper', due: 420, currency: 'EUR', paid: 0 }],
  ['INV-1042', { vendor: 'Contoso Freight', due: 1250, currency: 'EUR', paid: 0 }],
])

export const tools = new Map([
  ['read_invoice', ({ invoice_id }) => ({ invoice_id, ...invoices.get(invoice_id) })],
  [
    'pay_invoice',
    ({ invoice_id, amount }) => {
      const invoice = invoices.get(invoice_id)
      invoice.paid += amount
      return { invoice_id, paid: invoice.paid }
    },
  ],
  ['cancel_invoice', ({ invoice_id }) => ({ invoice_id, cancelled: invoices.delete(invoice_id) })],
])
