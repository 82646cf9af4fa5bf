"""Pure text: values in, values out. Nothing here knows the ORM, a request or a setting."""
