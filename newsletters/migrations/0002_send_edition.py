from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0001_foundation")]

    operations = [
        migrations.AlterModelOptions(
            name="edition",
            options={
                "ordering": ["-id"],
                "permissions": [("send_edition", "May send editions")],
                "verbose_name": "edition",
                "verbose_name_plural": "editions",
            },
        )
    ]
