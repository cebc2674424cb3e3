"""The words every other room uses: who acts, what a label is, what time it is."""
