"""What every address answers: load, ask one question, render."""
