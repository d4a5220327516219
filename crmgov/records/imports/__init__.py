"""Reading what a source wrote: files, mappings, values, references, and what to do with each value. No writing."""
