"""`bgml impact`: opportunities, wins, amounts and cycle times with and without an engaged group."""
