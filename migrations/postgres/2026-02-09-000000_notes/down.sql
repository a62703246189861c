DROP TABLE note_words;
DROP TABLE notes;
