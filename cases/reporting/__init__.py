"""The ledger's periods, columns, balance and figures. Pure: cases in, values out."""
