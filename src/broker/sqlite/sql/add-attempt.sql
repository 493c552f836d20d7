-- add-attempt: keeps an attempt that did not end well.
-- Ten values in the order of the table's columns.
INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
