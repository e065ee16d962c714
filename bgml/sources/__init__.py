"""Raw tables of a CRM, a marketing system or a vendor -> one set of tables of the contract."""
